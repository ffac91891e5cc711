/** The upstream of Workers against an origin that says exact bytes. What the platform decides itself is listed by name. */
import { gzipSync } from "node:zlib";
import { describe, expect, inject, test } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { fetchUpstream } from "../../runtime/workers/upstream.ts";
import { CUT, MALFORMED, OK, UNWANTED } from "../contract/hostile-answers.ts";

const ports = { origin: inject("originPort"), closed: inject("closedPort") };

function ask(change: Partial<UpstreamRequest<ByteBody>> = {}): Promise<UpstreamResult<ByteBody>> {
  return fetchUpstream.fetch({
    to: { scheme: "http", host: "127.0.0.1", port: ports.origin },
    method: "GET",
    target: "/echo",
    fields: [["host", "site.example"]],
    body: undefined,
    allowPrivate: true,
    timeouts: { connectMs: 500, firstByteMs: 500, betweenBytesMs: 500 },
    cancellation: new Cancellation(),
    ...change,
  });
}

/** The target at which the origin says these bytes. */
const saying = (bytes: string, query = ""): string => `/${Buffer.from(bytes, "latin1").toString("base64url")}${query}`;

async function read(result: UpstreamResult<ByteBody>): Promise<string> {
  if (result.kind === "failure") throw new Error(`${result.failure}: ${result.detail}`);
  const chunks: Uint8Array[] = [];
  if (result.body instanceof Uint8Array) chunks.push(result.body);
  else if (result.body !== undefined) for await (const chunk of result.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** What the platform reads more kindly than we would, and shows us nothing of. */
const KINDLY_READ: ReadonlySet<string> = new Set([
  "R06 a bare LF",
  "R08 a flood of interim responses",
  "R08 100 that nobody asked for",
  "an interim response that would split",
]);

describe("the Workers upstream refuses", () => {
  test.each(MALFORMED.filter(([name]) => !KINDLY_READ.has(name)))("%s", async (_name, bytes) => {
    const result = await ask({ target: saying(bytes) });
    if (result.kind === "response") throw new Error(`it relayed ${JSON.stringify(result.head)}`);
    expect(["malformed", "reset"]).toContain(result.failure);
  });
  test.each(CUT)("the body of %s", async (_name, bytes) => {
    const result = await ask({ target: saying(bytes) });
    await expect(read(result)).rejects.toThrow();
  });
  test("a body that stalls", async () => {
    const stalls = saying("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok", "?stays");
    await expect(read(await ask({ target: stalls }))).rejects.toThrow("no byte");
  });
});

describe("the Workers upstream answers", () => {
  test.each(UNWANTED)("without %s", async (_name, method, bytes) => {
    expect(await ask({ target: saying(bytes), method })).toMatchObject({ kind: "response", body: undefined });
  });
  test.each([...KINDLY_READ])("%s, as the platform reads it", async (name) => {
    const bytes = MALFORMED.find(([other]) => other === name)?.[1] ?? "";
    expect(await read(await ask({ target: saying(bytes) }))).toBe("ok");
  });
  test("with a body that ends with the connection, marked as such", async () => {
    const result = await ask({ target: saying("HTTP/1.1 200 OK\r\n\r\nok") });
    expect(result).toMatchObject({ kind: "response", closeDelimited: true });
    expect(await read(result)).toBe("ok");
    expect(await ask({ target: saying(OK) })).toMatchObject({ kind: "response", closeDelimited: false });
  });
  test("with the plain body of a compressed answer, and no field that speaks of the coded one", async () => {
    const coded = gzipSync("plain text");
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: "1"\r\nContent-Length: ${coded.length}\r\n\r\n`;
    const result = await ask({ target: saying(head + coded.toString("latin1")) });
    expect(result).toMatchObject({ head: { fields: [["etag", '"1"']] } });
    expect(await read(result)).toBe("plain text");
  });
  test("with redirects as they are, and every byte of a field", async () => {
    const head = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nX: caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n";
    const result = await ask({ target: saying(head) });
    expect(result).toMatchObject({ head: { status: 302 } });
    expect(result.kind === "response" && result.head.fields).toContainEqual(["x", "caf\xc3\xa9"]);
  });
});

// The platform may take a kept connection that the origin of the tests before has just closed, and what has a body may
// not be sent twice: so the test, not the upstream, asks again.
test("the request goes out as it stands, without the platform's own wishes about caching", { retry: 3 }, async () => {
  const fields = [
    ["host", "site.example"],
    ["x-a", "caf\xc3\xa9"],
    ["range", "bytes=0-1"],
  ] as const;
  const asked = await read(await ask({ method: "POST", fields, body: new TextEncoder().encode("hello") }));
  expect(asked).toMatch(/^POST \/echo HTTP\/1\.1\r\n/);
  expect(asked).toMatch(/\r\nx-a: caf\xc3\xa9\r\n/i);
  expect(asked).toMatch(/\r\naccept-encoding: identity\r\n/i);
  expect(asked).toMatch(/\r\n\r\nhello$/);
  expect(asked).not.toMatch(/cache-control|pragma/i);
});

describe("the Workers upstream says in our words", () => {
  const to = (scheme: "http" | "https", host: string, port: number) => ({ to: { scheme, host, port } });
  test.each([
    // Where the platform tells no more than "connection lost"; Cloudflare's network says 521 (refused).
    ["that nobody listens", to("http", "127.0.0.1", ports.closed), "reset"],
    ["that a name does not resolve", to("http", "nowhere.invalid", 80), "unresolved"],
    ["that the connection closed without a word", { target: saying("") }, "reset"],
    ["that no head came in time", { target: saying("", "?stays") }, "first-byte-timeout"],
    ["Cloudflare's 521", { target: saying("HTTP/1.1 521 Down\r\nContent-Length: 0\r\n\r\n") }, "refused"],
    ["Cloudflare's 522", { target: saying("HTTP/1.1 522 Late\r\nContent-Length: 0\r\n\r\n") }, "connect-timeout"],
    ["Cloudflare's 530", { target: saying("HTTP/1.1 530 DNS\r\nContent-Length: 0\r\n\r\n") }, "unresolved"],
  ] as const)("%s", async (_name, change, failure) => {
    expect(await ask(change)).toMatchObject({ kind: "failure", failure });
  });
  test("that we gave up: before, while it waits, and in the body", async () => {
    const before = new Cancellation();
    before.cancel();
    expect(await ask({ cancellation: before })).toMatchObject({ failure: "cancelled" });
    const waiting = new Cancellation();
    const asked = ask({ cancellation: waiting, target: saying("", "?stays") });
    waiting.cancel();
    expect(await asked).toMatchObject({ failure: "cancelled" });
    const inBody = new Cancellation();
    const stays = saying("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok", "?stays");
    const result = await ask({ cancellation: inBody, target: stays });
    const reading = read(result);
    inBody.cancel();
    await expect(reading).rejects.toThrow("cancelled");
  });
});
