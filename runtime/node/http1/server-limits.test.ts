/** The limits that an operator sets are the ones that count; sites share the connections of a listener. */
import { expect, test } from "vitest";
import { defaultSettings } from "../../../core/config/settings.ts";
import { limitsOfSettings } from "./limits-of-settings.ts";
import { client, get, last, serve, text, told, until } from "./listener-harness.ts";

const limits = limitsOfSettings({
  ...defaultSettings,
  targetMaxBytes: 1_024,
  headerLineMaxBytes: 1_024,
  headerTotalMaxBytes: 4_096,
  headerFieldsMax: 16,
});
const lines = (count: number, length: number): string => `X: ${"y".repeat(length)}\r\n`.repeat(count);

test.each([
  ["a longer request line", get(`/${"y".repeat(1_100)}`), "url-too-long"],
  ["a longer field line", get("/", lines(1, 1_100)), "field-line-too-long"],
  ["a longer head", get("/", lines(5, 1_000)), "head-too-long"],
  ["more fields", get("/", lines(16, 1)), "too-many-fields"],
])("smaller limits refuse %s, in one piece or byte by byte", async (_name, bytes, reason) => {
  const listener = await serve(() => text("ok"), { limits });
  await client(listener, bytes).done;
  const slow = client(listener, "");
  for (const byte of bytes.slice(0, 4_200)) slow.socket.write(byte);
  await slow.done;
  expect(told.refusals.map((refusal) => refusal.reason)).toEqual([reason, reason]);
});

test("larger limits let through what the start values refuse", async () => {
  const large = {
    targetMaxBytes: 60_000,
    headerLineMaxBytes: 60_000,
    headerTotalMaxBytes: 131_072,
    headerFieldsMax: 1_000,
  };
  const listener = await serve(() => text("ok"), { limits: limitsOfSettings({ ...defaultSettings, ...large }) });
  const received = client(listener, `${get(`/${"y".repeat(50_000)}`, lines(500, 1))}${last("/")}`);
  expect((await received.done).match(/ 200 OK/g)).toHaveLength(2);
});

test("what one listener remembers of field lines says nothing to another with other limits", async () => {
  const generous = await serve(() => text("ok"));
  const strict = await serve(() => text("ok"), { limits });
  const bytes = get("/", `${lines(20, 1)}Connection: close\r\n`);
  expect(await client(generous, bytes).done).toContain(" 200 OK");
  expect(await client(strict, bytes).done).toContain(" 431 ");
});

test("a site whose connections are all taken is a 503, another one is served", async () => {
  const siteOf = (authority: string): string | undefined => (authority === "unknown" ? undefined : authority);
  const listener = await serve(() => text("ok"), { limits: { connectionsPerSite: 2 }, siteOf });
  const asks = (host: string, more = ""): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  const first = client(listener, asks("busy"));
  const second = client(listener, asks("busy"));
  await until(() => second.received().endsWith("ok") && first.received().endsWith("ok"));
  const third = await client(listener, asks("busy")).done;
  expect(third).toMatch(/^HTTP\/1.1 503 .*Connection: close/s);
  expect(told.refusals).toMatchObject([{ status: 503, reason: "site-full" }]);
  expect(await client(listener, asks("idle", "Connection: close\r\n")).done).toContain(" 200 OK");
  expect(await client(listener, asks("unknown", "Connection: close\r\n")).done).toContain(" 200 OK");
  // One that goes to another site, or leaves, makes room.
  first.socket.write(asks("idle"));
  await until(() => first.received().match(/ 200 OK/g)?.length === 2);
  expect(await client(listener, asks("busy", "Connection: close\r\n")).done).toContain(" 200 OK");
  second.socket.destroy();
});
