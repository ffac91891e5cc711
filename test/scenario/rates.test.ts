/** Limits on what one remote address may ask for, through a whole edge. */
import { expect, it } from "vitest";
import { scenario } from "./harness.ts";

const FRESH = { "cache-control": "max-age=60" };
const told = (got: { status: number; outcome: string; record: { reason?: string | undefined } }) => [
  ...[got.status, got.outcome, got.record.reason],
];

it("requests over the rate get 429 and when to come back, and the origin hears nothing of them", async () => {
  const { origin, get, clock } = scenario({ settings: { requestsPerIpPerSecondMax: 1, rateBurstSeconds: 2 } });
  origin.replies(200, FRESH);
  await get("/a");
  await get("/a");
  const refused = await get("/b");
  expect(told(refused)).toEqual([429, "rate-limited", "request-rate"]);
  expect([refused.header("retry-after"), refused.header("cache-control")]).toEqual(["1", "no-store"]);
  clock.advance(1_000);
  expect((await get("/a")).outcome).toBe("hit");
});

it("each address has its own, and a whole /64 one", async () => {
  const { origin, request } = scenario({ settings: { requestsPerIpPerSecondMax: 1, rateBurstSeconds: 1 } });
  origin.replies(200, FRESH);
  const from = (address: string) => request("GET", "/a", {}, { from: address });
  expect((await from("2001:db8::1")).status).toBe(200);
  expect((await from("2001:db8::2")).status).toBe(429);
  expect((await from("2001:db8:0:1::1")).status).toBe(200);
  expect([(await from("127.0.0.1")).status, (await from("127.0.0.1")).status]).toEqual([200, 200]);
});

it("only what the cache cannot answer counts as a miss: fills, passes, revalidations", async () => {
  const settings = { missesPerIpPerSecondMax: 1, rateBurstSeconds: 3 };
  const { origin, get, request, clock } = scenario({ settings });
  origin.replies(200, { ...FRESH, etag: '"1"' }).replies(200);
  await get("/a");
  for (let hits = 0; hits < 20; hits += 1) expect((await get("/a")).outcome).toBe("hit");
  expect((await request("POST", "/form")).status).toBe(200);
  clock.advance(61_000);
  origin
    .replies(304, { ...FRESH, etag: '"1"' })
    .replies(200)
    .replies(200);
  expect((await get("/a")).outcome).toBe("revalidated");
  await request("POST", "/form");
  await request("POST", "/form");
  expect(told(await request("POST", "/form"))).toEqual([429, "rate-limited", "miss-rate"]);
});

it("who provokes one 4xx after the other is answered 429 for a while, whatever it asks", async () => {
  const settings = { clientErrorsPerIpPerSecondMax: 2, rateBurstSeconds: 1 };
  const { origin, get, clock } = scenario({ settings });
  origin
    .replies(404, { "cache-control": "no-store" })
    .replies(404, { "cache-control": "no-store" })
    .replies(200, FRESH);
  await get("/wp-login.php");
  await get("/.env");
  expect(told(await get("/"))).toEqual([429, "rate-limited", "client-error-rate"]);
  clock.advance(1_000);
  expect((await get("/")).status).toBe(200);
});
