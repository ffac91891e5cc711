/** Log lines: what they say, what they hide, and that nothing a client sends breaks them. */
import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../record.ts";
import { keyDigest } from "./key-digest.ts";
import { logLine } from "./log-line.ts";
import { DEFAULT_REDACTION, type Redaction, shownAddress, shownTarget } from "./redact.ts";

const RECORD: RequestRecord = {
  atMs: Date.UTC(2026, 10, 4, 5, 6, 7, 89),
  node: "nyc",
  role: "edge",
  site: "example",
  outcome: "hit",
  forward: undefined,
  key: "7:example/a?token=s3cret",
  method: "GET",
  authority: "www.example.com",
  target: "/a?token=s3cret&page=2",
  httpVersion: "1.1",
  requestFields: [
    ["authorization", "Bearer s3cret"],
    ["cookie", "session=s3cret"],
    ["user-agent", 'curl/8 "x"'],
    ["referer", "https://shop.example/?api_key=s3cret"],
    ["cdn-loop", 'other, antipode; node="rtr", antipode; node="fra"'],
  ],
  status: 200,
  bodyBytes: 12,
  complete: true,
  clientAddress: "192.0.2.77",
  headMs: 0,
  totalMs: 1,
  trace: {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    parentSpanId: undefined,
    sampled: false,
    flaggedSampled: false,
    state: undefined,
  },
};

const parsed = (record: RequestRecord, redaction: Redaction = DEFAULT_REDACTION): Record<string, unknown> =>
  JSON.parse(logLine("json", redaction)(record));

describe("a JSON line", () => {
  test("says what the record says", () => {
    expect(parsed(RECORD)).toEqual({
      time: "2026-11-04T05:06:07.089Z",
      node: "nyc",
      role: "edge",
      site: "example",
      outcome: "hit",
      keyDigest: keyDigest(RECORD.key ?? ""),
      method: "GET",
      authority: "www.example.com",
      target: "/a?token=[hidden]&page=2",
      protocol: "HTTP/1.1",
      status: 200,
      bodyBytes: 12,
      complete: true,
      headMs: 0,
      totalMs: 1,
      tierPath: ["rtr", "fra"],
      clientAddress: "192.0.2.0",
      userAgent: 'curl/8 "x"',
      referer: "https://shop.example/?api_key=[hidden]",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
    });
  });

  test("holds no secret of any field", () => {
    for (const format of ["json", "combined"] as const) {
      expect(logLine(format, DEFAULT_REDACTION)(RECORD)).not.toContain("s3cret");
    }
  });

  test("stays one line whatever the client sends", () => {
    const nasty = 'a"b\\c\nd\u0000\u2028é';
    const line = logLine(
      "json",
      DEFAULT_REDACTION,
    )({ ...RECORD, method: nasty, target: `/${nasty}`, authority: nasty });
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ method: nasty, target: `/${nasty}` });
  });

  test("is bounded", () => {
    const long = "x".repeat(100_000);
    const record = { ...RECORD, target: `/${long}`, method: long, requestFields: [["user-agent", long]] as const };
    expect(logLine("json", DEFAULT_REDACTION)(record).length).toBeLessThan(8_000);
  });
});

describe("a combined line", () => {
  test("is what log readers expect", () => {
    expect(logLine("combined", { ...DEFAULT_REDACTION, address: "full" })(RECORD)).toBe(
      '192.0.2.77 - - [04/Nov/2026:05:06:07 +0000] "GET /a?token=[hidden]&page=2 HTTP/1.1" 200 12 ' +
        '"https://shop.example/?api_key=[hidden]" "curl/8 \\x22x\\x22"\n',
    );
  });

  test("cannot be forged by what a client sends", () => {
    const record = { ...RECORD, target: '/" 200 1\n10.0.0.1 - - "', requestFields: [] };
    const line = logLine("combined", DEFAULT_REDACTION)(record);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(line).toContain('"GET /\\x22 200 1\\x0A10.0.0.1 - - \\x22 HTTP/1.1"');
    expect(line).toMatch(/"-" "-"\n$/);
  });
});

describe("secrets in a query", () => {
  test.each([
    ["/a", "/a"],
    ["/a?b=1", "/a?b=1"],
    ["/a?TOKEN=1&b=2", "/a?TOKEN=[hidden]&b=2"],
    ["/a?%74oken=1", "/a?%74oken=[hidden]"],
    ["/a?%74oken%=1&x=%", "/a?%74oken%=1&x=%"],
    ["/a?b=%zz&toke%6e=1", "/a?b=%zz&toke%6e=[hidden]"],
    ["/a?token[]=1&token[0]=2", "/a?token[]=[hidden]&token[0]=[hidden]"],
    ["/a?b=1;token=2", "/a?b=1;token=[hidden]"],
    ["/a?token=1=2=3", "/a?token=[hidden]"],
    ["/a?token", "/a?token"],
    ["/a?b=token", "/a?b=token"],
    ["/a?x=1?token=2", "/a?x=1?token=2"],
  ])("%s is shown as %s", (target, shown) => {
    expect(shownTarget(target, DEFAULT_REDACTION)).toBe(shown);
  });

  test("stay hidden where a long query is cut", () => {
    const shown = shownTarget(`/a?${"b=1&".repeat(505)}token=${"s3cret".repeat(100)}`, DEFAULT_REDACTION);
    expect(shown).not.toContain("s3");
    expect(shown.length).toBeLessThan(2_100);
  });
});

describe("addresses", () => {
  test.each([
    ["192.0.2.77", "192.0.2.0"],
    ["::ffff:192.0.2.77", "192.0.2.0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::"],
    ["unix:", undefined],
  ])("%s is cut to %s", (address, shown) => {
    expect(shownAddress(address, DEFAULT_REDACTION)).toBe(shown);
  });

  test("are whole or absent where the operator says so", () => {
    expect(shownAddress("192.0.2.77", { ...DEFAULT_REDACTION, address: "full" })).toBe("192.0.2.77");
    expect(parsed(RECORD, { ...DEFAULT_REDACTION, address: "none" })).not.toHaveProperty("clientAddress");
  });
});

test("key digests tell keys apart and are the same for the same key", () => {
  const digests = new Set(Array.from({ length: 50_000 }, (_, index) => keyDigest(`7:example/page/${index}`)));
  expect(digests.size).toBe(50_000);
  expect(keyDigest("a")).toMatch(/^[0-9a-f]{16}$/);
  expect(keyDigest("a")).toBe(keyDigest("a"));
});
