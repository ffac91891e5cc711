/** Tests of how bytes become requests: wherever the network cuts them, they are the same requests. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REQUEST_LIMITS } from "../../../core/http/guard-fields.ts";
import type { Incoming } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import { Connection } from "./connection.ts";
import { FakeWire } from "./fake-wire.ts";
import { FieldMemory } from "./field-memory.ts";
import { readAll } from "./listener-harness.ts";
import { LISTENER_LIMITS, type ListenerRefusal } from "./listener-options.ts";
import { ReaderCrowd } from "./reader-patience.ts";
import { TimerWheel } from "./timer-wheel.ts";

interface Heard {
  readonly requests: string[];
  readonly refusals: string[];
  readonly written: string;
}

/** Gives the pieces to a connection one after the other and tells what came of it. */
async function hear(pieces: readonly Buffer[]): Promise<Heard> {
  const requests: string[] = [];
  const refusals: string[] = [];
  const handler = async ({ head, body }: Incoming<ByteBody>) => {
    const content = await readAll(body).catch(() => "<torn>");
    requests.push(`${head.method} ${head.authority}${head.target} ${JSON.stringify(head.fields)} ${content}`);
    return { head: { status: 200, fields: [] }, body: Buffer.from("ok"), sent: () => {} };
  };
  const options = {
    host: "",
    port: 0,
    handler,
    onError: (error: unknown) => refusals.push(String(error)),
    onRefused: ({ reason }: ListenerRefusal) => refusals.push(reason),
  };
  const memory = new FieldMemory();
  const guard = { scheme: "http", protocol: "http1", maxBodyBytes: 1_000_000, limits: REQUEST_LIMITS, memory } as const;
  const wheel = new TimerWheel(1_000);
  const fake = new FakeWire();
  new Connection(
    { options, limits: LISTENER_LIMITS, guard, wheel, readers: new ReaderCrowd(LISTENER_LIMITS), seats: undefined },
    fake,
    "192.0.2.1",
  );
  for (const piece of pieces) {
    fake.give(piece);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  for (let turn = 0; turn < 12; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  return { requests, refusals, written: fake.written.replaceAll(/Date: [^\r]*/g, "Date") };
}

const CONVERSATIONS: readonly (readonly [string, string])[] = [
  ["a GET", "GET /a?b HTTP/1.1\r\nHost: a.example\r\nX-A: b \r\n\r\n"],
  ["two, with an empty line between", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n"],
  [
    "bodies by length and by chunks",
    "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPUT /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
      '4;a="\\"b"\r\nwiki\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ["a bare LF in a field", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"],
  ["a bare CR in a field", "GET /2 HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n"],
  ["a folded line", "GET /2 HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"],
  ["a bad chunk", "PUT /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"],
  ["a method refused", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nTRACE /2 HTTP/1.1\r\nHost: a\r\n\r\n"],
];

describe("wherever the bytes are cut", () => {
  test.each(CONVERSATIONS)("%s is the same, split at every byte", async (_name, text) => {
    const bytes = Buffer.from(text, "latin1");
    const whole = await hear([bytes]);
    expect(whole.requests.length + whole.refusals.length).toBeGreaterThan(0);
    for (let at = 1; at < bytes.length; at += 1) {
      const split = await hear([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(split.requests, `split at ${at}`).toEqual(whole.requests);
      expect(split.refusals.length, `split at ${at}`).toBe(whole.refusals.length);
    }
  });
  test.each(CONVERSATIONS)("%s is the same, byte by byte", async (_name, text) => {
    const bytes = Buffer.from(text, "latin1");
    const whole = await hear([bytes]);
    const single = await hear(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
    expect(single.requests).toEqual(whole.requests);
    expect(single.refusals.length).toBe(whole.refusals.length);
    expect(single.written.match(/HTTP\/1.1 \d+/g)).toEqual(whole.written.match(/HTTP\/1.1 \d+/g));
  });
  test("any bytes at all are requests or refusals, never a crash", async () => {
    const piece = fc.constantFrom(
      ...["GET ", "POST ", "/", " HTTP/1.1", "\r\n", "\r", "\n", "Host: a", "Content-Length: 2", "ab", " ", ":", "\0"],
      ...["Transfer-Encoding: chunked", "2", "0", ";", "\t", "é"],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (parts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        const whole = await hear([bytes]);
        const half = bytes.length >> 1;
        const split = await hear([bytes.subarray(0, half), bytes.subarray(half)]);
        expect(split.requests).toEqual(whole.requests);
        expect(whole.refusals.every((reason) => /^[a-z-]+$/.test(reason))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("lines that are remembered", () => {
  test("are the same the second time, and a changed one is judged anew", async () => {
    const get = (more: string): Buffer => Buffer.from(`GET / HTTP/1.1\r\nHost: memo.example\r\n${more}\r\n`, "latin1");
    const { requests, refusals } = await hear([get("X: 1\r\n"), get("X: 1\r\n"), get("X: 2\r\n"), get("X : 2\r\n")]);
    expect(requests[0]).toBe(requests[1]);
    expect(requests[2]).toContain('["x","2"]');
    expect(refusals).toEqual(["field-name"]);
  });
});
