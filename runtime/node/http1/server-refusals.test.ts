/** Tests of what never reaches a role (FAULTS 2.A on real sockets). */
import { describe, expect, test } from "vitest";
import { client, get, last, readAll, serve, text, told, until } from "./listener-harness.ts";

/** What the parser or the guard refuses: the connection closes, nothing after it is served, no role sees it. */
const REFUSED: readonly (readonly [string, string, number])[] = [
  [
    "F01 length and chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["F03 two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400],
  ["F05 leading zeros", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc", 400],
  ["F06 space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["F07 a lookalike", "GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 3\r\n\r\n", 400],
  ["F08 xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400],
  ["F09 gzip, chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501],
  ["F10 an empty coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", 400],
  ["F11 chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  ["F18 a bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400],
  ["F18 NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400],
  ["F19 a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400],
  ["F20 no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["F21 two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  ["F22 an odd Host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400],
  ["F23 another authority", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["F24 a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["F24 not ASCII", "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["F24 GET *", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["F27 HTTP/0.9", "GET /\r\n\r\n", 505],
  ["F27 HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
  ["F28 TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
  ["F28 PURGE", "PURGE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
  ["F28 CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405],
  ["F29 a body on GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 400],
  ["F32 another expectation", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: x\r\n\r\nabc", 417],
  ["F32 Expect on GET", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 417],
  ["F34 101 fields", `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(100)}\r\n`, 431],
  ["F34 2,000 fields", `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(2_000)}\r\n`, 431],
  ["F34 a head over 16 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(17_000)}\r\n\r\n`, 431],
  ["F34 a URL over 8 KiB", `GET /${"y".repeat(8_300)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ["a declared body over the limit", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413],
  ["no HTTP at all", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400],
];

describe("a listener refuses", () => {
  test.each(REFUSED)("%s", async (_name, bytes, status) => {
    const listener = await serve(() => text("never"));
    const received = await client(listener, bytes + get("/smuggled")).done;
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*Cache-Control: no-store\r\n`));
    expect(received).toContain("Connection: close");
    expect(received.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(told.seen).toEqual([]);
    expect(told.refusals.map((refusal) => refusal.status)).toEqual([status]);
    expect(told.errors).toEqual([]);
  });
  test.each([
    ["F13 a chunk size with a sign", "+5\r\nhello\r\n0\r\n\r\n"],
    ["F13 a chunk size over 2^64", "10000000000000000\r\nhello"],
    ["F15 a chunk longer than its size", "3\r\nhello\r\n0\r\n\r\n"],
    ["F15 a bare LF after a chunk", "5\nhello\n0\n\n"],
    ["F16 a broken chunk extension", "5;\0\r\nhello\r\n0\r\n\r\n"],
  ])("%s: the request that it is in is aborted, and nothing after it is served", async (_name, body) => {
    const listener = await serve(async (incoming) => text(await readAll(incoming.body).catch(() => "cut")));
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const received = await client(listener, head + body + get("/smuggled")).done;
    expect(received).toMatch(/^HTTP\/1.1 400 /);
    expect(received.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(told.seen.every(({ cancellation }) => cancellation.cancelled)).toBe(true);
    expect(told.seen.map(({ head: { target } }) => target)).not.toContain("/smuggled");
  });
  test("F37 an error behind good requests: those are answered first, in order", async () => {
    const listener = await serve(async ({ head }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return text(`<${head.target}>`);
    });
    const received = await client(listener, `${get("/1") + get("/2")}G\x01T / HTTP/1.1\r\n\r\n${get("/3")}`).done;
    expect(received).toMatch(/^HTTP\/1.1 200 .*<\/1>HTTP\/1.1 200 .*<\/2>HTTP\/1.1 400 /s);
    expect(received).not.toContain("/3");
  });
  test("F28 any method that is a token reaches the role, another broken line is a 400", async () => {
    const listener = await serve(({ head }) => text(head.method));
    expect(await client(listener, "FROB / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").done).toMatch(/FROB$/);
    expect(await client(listener, "FR(B / HTTP/1.1\r\nHost: a\r\n\r\n").done).toMatch(/^HTTP\/1.1 400 /);
  });
  test("F31 no upgrade: the request is answered as it is, then the connection closes", async () => {
    const listener = await serve(() => text("plain"));
    const bytes = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n";
    const received = await client(listener, bytes + get("/smuggled")).done;
    expect(received).toMatch(/^HTTP\/1.1 200 .*Connection: close\r\n.*plain$/s);
    expect(told.seen).toHaveLength(1);
  });
  test("F30 an early answer: the body that comes late is never read as a request", async () => {
    const listener = await serve(() => text("early"));
    const { socket, received, done } = client(listener, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n");
    await until(() => received().includes("early"));
    socket.write(get("/smuggled").padEnd(60, "\n") + last("/next"));
    await done;
    expect(told.seen.map(({ head }) => head.target)).toEqual(["/", "/next"]);
  });
});
