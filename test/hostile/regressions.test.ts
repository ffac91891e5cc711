/** The four bugs that another proxy shipped, as tests of ours. */
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EdgeUnderTest, edgeUnderTest, exchange } from "./edge-under-test.ts";

let under: EdgeUnderTest;
beforeEach(async () => {
  under = await edgeUnderTest();
});
afterEach(() => under.close());

const port = (): number => under.edge.listening.port;
const GET_SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n";
const LAST = "GET /last HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

test("CVE-2025-4366: an answer that does not need the body leaves none of it to be read as a request", async () => {
  const early = `POST /.antipode/ping HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${GET_SMUGGLED.length}\r\n\r\n`;
  const received = await exchange(port(), early + GET_SMUGGLED + LAST);
  expect(received.match(/HTTP\/1.1 /g)).toHaveLength(2);
  expect(under.records.map(({ target }) => target)).toEqual(["/.antipode/ping", "/last"]);
  expect(under.origin.received).not.toContain("smuggled");
});

test("CVE-2025-4366: nor when the body comes after the answer", async () => {
  const socket = connect(port(), "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    if (received.length === chunk.length) socket.write(GET_SMUGGLED + LAST);
  });
  socket.write(`POST /.antipode/ping HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${GET_SMUGGLED.length}\r\n\r\n`);
  await new Promise((resolve) => socket.on("close", resolve));
  expect(under.records.map(({ target }) => target)).toEqual(["/.antipode/ping", "/last"]);
  expect(under.origin.received).not.toContain("smuggled");
});

test("CVE-2026-2833: an Upgrade opens no tunnel: what follows is neither forwarded nor answered", async () => {
  const upgrade = "GET /up HTTP/1.1\r\nHost: a.example\r\nConnection: upgrade\r\nUpgrade: anything\r\n\r\n";
  const received = await exchange(port(), upgrade + GET_SMUGGLED);
  expect(received.match(/HTTP\/1.1 /g)).toHaveLength(1);
  expect(received).toContain("Connection: close\r\n");
  expect(under.origin.received).toContain("GET /up ");
  expect(under.origin.received.toLowerCase()).not.toContain("upgrade");
  expect(under.origin.received).not.toContain("smuggled");
});

test("CVE-2026-2835: Transfer-Encoding in HTTP/1.0 is refused, and no origin is asked", async () => {
  const bytes = `POST / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
  expect(await exchange(port(), bytes + GET_SMUGGLED)).toMatch(/^HTTP\/1.1 400 /);
  expect(under.origin.connections).toBe(0);
});

test("CVE-2026-2835: a request in HTTP/1.0 without a length has no body, and nothing after it is read", async () => {
  const received = await exchange(port(), `POST /old HTTP/1.0\r\nHost: a.example\r\n\r\n${GET_SMUGGLED}`);
  expect(received.match(/HTTP\/1.1 /g)).toHaveLength(1);
  expect(under.origin.received).not.toContain("smuggled");
});

test("CVE-2026-2836: the same path of two hosts is two things", async () => {
  const get = (host: string): string => `GET /same HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  for (const host of ["a.example", "b.example", "a.example", "A.EXAMPLE:80"]) await exchange(port(), get(host));
  expect(under.records.map(({ outcome }) => outcome)).toEqual(["stored", "stored", "hit", "hit"]);
  expect(under.origin.received.match(/GET \/same /g)).toHaveLength(2);
});
