/** `OPTIONS *` asks about the server that hears it: the edge answers, and no origin learns of it (FAULTS F24). */
import { afterEach, expect, test } from "vitest";
import { type EdgeUnderTest, edgeUnderTest, exchange } from "./edge-under-test.ts";

const open: EdgeUnderTest[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

test.each([
  ["", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"],
  [", in absolute form", "OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"],
  [", with content", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"],
])("the edge answers OPTIONS * itself%s", async (_name, bytes) => {
  const under = await edgeUnderTest();
  open.push(under);
  const answer = await exchange(under.edge.listening.port, bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 204 No Content\r\n(?:.*\r\n)*allow: GET, HEAD, OPTIONS, /i);
  expect(answer).toMatch(/\r\n\r\n$/);
  await expect
    .poll(() => under.records.map(({ outcome, status }) => `${status} ${outcome}`))
    .toEqual(["204 reserved-path"]);
  expect(under.origin.connections).toBe(0);
});

test("OPTIONS of a path is the origin's to answer", async () => {
  const under = await edgeUnderTest();
  open.push(under);
  const bytes = "OPTIONS /* HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
  expect(await exchange(under.edge.listening.port, bytes)).toMatch(/\r\n\r\norigin$/);
  expect(under.origin.received).toMatch(/^OPTIONS \/\* /);
});
