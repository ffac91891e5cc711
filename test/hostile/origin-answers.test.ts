/** Hostile and broken origins behind a real edge: never stored, never relayed as whole, their connection dropped (FAULTS 2.B). */
import { afterEach, describe, expect, test } from "vitest";
import { CUT, MALFORMED, OK, UNWANTED } from "../contract/hostile-answers.ts";
import { type RawOrigin, rawOrigin } from "../contract/raw-origin.ts";
import { type EdgeUnderTest, edgeBefore, exchange } from "./edge-under-test.ts";

type Before = Omit<EdgeUnderTest, "origin">;
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** An edge whose origin says `bytes` on its first connection, and an ordinary answer on all later ones. */
async function before(
  bytes: string,
  profile: "safe" | "rfc9111" = "safe",
  end = false,
): Promise<Before & { origin: RawOrigin }> {
  const origin = await rawOrigin(({ socket, connection }) => {
    socket.write(
      connection === 1 ? bytes : OK.replace("ok", "no").replace("\r\n", "\r\nCache-Control: no-store\r\n"),
      "latin1",
    );
    if (end && connection === 1) socket.end();
  });
  const edge = await edgeBefore(origin.port, { profile });
  open.push(edge, origin);
  return { ...edge, origin };
}

const ask = (method: string, more = "", target = "/a"): string =>
  `${method} ${target} HTTP/1.1\r\nHost: a.example\r\n${more}Connection: close\r\n\r\n`;
/** Says that it may be stored for long. */
const storable = (bytes: string): string => bytes.replace("\r\n", "\r\nCache-Control: max-age=600\r\n");
const statusOf = (answer: string): number => Number(answer.slice(9, 12));

test("there are enough of them", () => {
  expect(MALFORMED.length + CUT.length + UNWANTED.length).toBeGreaterThanOrEqual(40);
});

describe("malformed is a 502, not stored, on a connection that is not used again:", () => {
  test.each(MALFORMED)("%s", async (_name, bytes) => {
    const { edge, origin, records, errors } = await before(storable(bytes));
    const received = await exchange(edge.listening.port, ask("GET"));
    // Interim responses have been passed on, as many as may be.
    const answer = received.replace(/^(?:HTTP\/1\.1 1\d\d .*?\r\n\r\n)*/s, "");
    expect(statusOf(answer)).toBe(502);
    expect(answer.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(records[0]).toMatchObject({ outcome: "origin-malformed", status: 502 });
    expect(await exchange(edge.listening.port, ask("GET"))).toMatch(/ 200 OK\r\n.*no$/s);
    expect(origin.connections()).toBe(2);
    expect(errors).toEqual([]);
  });
});

describe("a body that ends wrongly is cut for the client too, and not stored:", () => {
  test.each(CUT)("%s", async (_name, bytes) => {
    const { edge, records, errors } = await before(storable(bytes), "safe", true);
    const answer = await exchange(edge.listening.port, ask("GET")).catch((error: Error) => error.message);
    // Neither the declared length nor the last chunk: no client takes it for whole. Or it broke early enough for a 502.
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(answer)?.[1]);
    if (statusOf(answer) === 200 && length > 0) expect(answer.split("\r\n\r\n")[1]?.length ?? 0).toBeLessThan(length);
    await expect.poll(() => records).toHaveLength(1);
    expect(records[0]).toMatchObject(statusOf(answer) === 502 ? { status: 502 } : { complete: false });
    expect(await exchange(edge.listening.port, ask("GET"))).toMatch(/ 200 OK\r\n.*no$/s);
    expect(errors).toEqual([]);
  });
});

describe("a body where none may be is dropped with its connection:", () => {
  test.each(UNWANTED)("%s", async (_name, method, bytes) => {
    const { edge, origin, errors } = await before(bytes);
    const condition = bytes.includes(" 304 ") ? 'If-None-Match: "x"\r\n' : "";
    const answer = await exchange(edge.listening.port, ask(method, condition));
    expect(answer).toMatch(/^HTTP\/1.1 (?:200|204|304) [^\n]*\n.*\r\n\r\n$/s);
    expect(await exchange(edge.listening.port, ask("GET", "", "/b"))).toMatch(/ 200 OK\r\n.*no$/s);
    expect(origin.connections()).toBe(2);
    expect(errors).toEqual([]);
  });
});

describe("by profile:", () => {
  const untilTheEnd = "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\n\r\nwhole";
  const gzipped = "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nTransfer-Encoding: gzip\r\n\r\nwhole";
  test.each([
    ["safe", "R04 a body that ends with the connection is relayed, not stored", untilTheEnd, 200, 2],
    ["rfc9111", "R04 a body that ends with the connection is stored", untilTheEnd, 200, 1],
    ["safe", "R02 an odd coding is refused", gzipped, 502, 2],
  ] as const)("%s: %s", async (profile, _name, bytes, status, connections) => {
    const { edge, origin } = await before(bytes, profile, true);
    const answer = await exchange(edge.listening.port, ask("GET"));
    expect(statusOf(answer)).toBe(status);
    if (status === 200) expect(answer).toContain("whole");
    await exchange(edge.listening.port, ask("GET"));
    expect(origin.connections()).toBe(connections);
  });
});

describe("fields that are copied neither split nor crash:", () => {
  const long = "y".repeat(15_000);
  test.each([
    ["bytes beyond ASCII", "X-A: \xe9\xff\x80\r\nSurrogate-Key: \xfc b\r\n"],
    ["names of objects' own", "__proto__: a\r\nconstructor: b\r\nhasOwnProperty: c\r\ntoString: d\r\n"],
    ["a value of nearly 16 KiB", `X-Long: ${long}\r\n`],
    ["ours, forged", 'Cache-Status: other; hit\r\nVia: 1.1 "a, 1.1 b\r\nAge: -5\r\nServer-Timing: x;dur=1\r\n'],
    ["fields of the connection", "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nTrailer: X\r\n"],
    [
      "dates and lifetimes of nonsense",
      "Date: never\r\nExpires: 0\r\nLast-Modified: \xff\r\nAge: 99999999999999999999\r\n",
    ],
    [
      "what would be an answer of its own",
      "X-A: b HTTP/1.1 200 OK Content-Length: 0\r\nLocation: /%0d%0aX-Evil:%201\r\n",
    ],
    ["a Vary of many", `Vary: ${Array.from({ length: 90 }, (_, n) => `x-${n}`).join(", ")}\r\n`],
  ])("%s", async (_name, lines) => {
    const { edge, errors } = await before(
      `HTTP/1.1 200 O\xe9K\r\n${lines}Cache-Control: max-age=600\r\nContent-Length: 2\r\n\r\nok`,
    );
    for (let time = 0; time < 2; time += 1) {
      const answer = await exchange(edge.listening.port, ask("GET"));
      const [head = "", body] = answer.split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(
        head
          .split("\r\n")
          .slice(1)
          .every((line) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+: ?[\t\x20-\x7e\x80-\xff]*$/.test(line)),
      ).toBe(true);
      expect(head).not.toMatch(/^(?:x-hop|keep-alive|trailer|x-evil):/im);
      expect(["ok", "no"]).toContain(body);
    }
    expect(errors).toEqual([]);
  });
});
