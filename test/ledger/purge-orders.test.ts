/** What the API makes of an order to purge: refused whole, written once, planned, seen later; receipts by what edges and routers report. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseJoinToken } from "../../fleet/join-token.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { nodeSecrets } from "../../runtime/node/node-secrets.ts";
import { type ControlUnderTest, controlUnderTest, ledgerFolder, siteConfig } from "./control-under-test.ts";
import { soon } from "./running.ts";

let folder: ReturnType<typeof ledgerFolder>;
let control: ControlUnderTest;

beforeEach(async () => {
  folder = ledgerFolder();
  control = await controlUnderTest(folder.path);
  const site = { ...siteConfig("store.example"), cache: { keyQuery: { allow: ["page"] } } };
  expect((await control.ask("PUT", "/v1/sites/store", { body: site })).status).toBeLessThan(300);
});
afterEach(async () => {
  await control.stop();
  folder.remove();
});

const post = (body: object, more: object = {}) =>
  control.ask("POST", "/v1/purge", { body: { site: "store", ...body }, ...more });
const lastPurges = async () => {
  const { json } = await control.ask("GET", "/v1/purges");
  return (json as unknown as { purges: readonly { position: string; values?: readonly string[] }[] }).purges;
};

/** A node that has joined, and can report. */
async function node(id: string, role: "edge" | "router") {
  const token = nodeSecrets.newCredential(id);
  const body = { id, role, credentialHash: nodeSecrets.hashOf(token) };
  const secret = parseJoinToken(control.joinToken)?.secret ?? "";
  expect((await control.ask("POST", "/v1/enrol", { token: secret, body })).status).toBeLessThan(300);
  return (report: object) => control.ask("POST", "/v1/heartbeat", { token, body: report });
}

async function siteToken(): Promise<string> {
  return (await control.ask("POST", "/v1/tokens", { body: { id: "owner", scopes: ["site:store"] } })).json.token;
}

describe("an order", () => {
  test.each([
    ["a tag outside ASCII", { tags: ["good", "é"] }, "tags.1"],
    ["a tag that is too long", { tags: ["x".repeat(9_000)] }, "tags.0"],
    ["a tag that no field can hold", { tags: ["a, b"] }, "tags.0"],
    ["no URL", { urls: ["https://store.example/a", "/b"] }, "urls.1"],
    ["no time", { all: true, at: "yesterday" }, "at"],
    ["a time that is over", { all: true, at: "2001-01-01T00:00:00Z" }, "at"],
  ])("with %s in it is refused whole", async (_, body, path) => {
    const refused = await post(body);
    expect(refused.status).toBe(400);
    expect(refused.json.problems[0]?.path).toBe(path);
    expect(await lastPurges()).toEqual([]);
  });

  test("of a site's own token names 100 things at most, an admin's 100,000", async () => {
    const tags = Array.from({ length: 101 }, (_, index) => `t${index}`);
    expect((await post({ tags }, { token: await siteToken() })).status).toBe(400);
    expect((await post({ tags })).status).toBe(200);
    const many = Array.from({ length: 100_001 }, (_, index) => `t${index}`);
    expect((await post({ tags: many })).status).toBe(400);
  });

  test("of a site's own token comes as often as is allowed, and everything once a minute", async () => {
    const token = await siteToken();
    expect((await post({ all: true }, { token })).status).toBe(200);
    const second = await post({ all: true }, { token });
    expect(second.status).toBe(429);
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(50);
    expect((await post({ all: true })).status, "an admin").toBe(200);
    expect((await post({ tags: ["a"] }, { token })).status).toBe(200);
  });

  test("with an idempotency key is written once, also when control was restarted in between", async () => {
    const headers = { "Idempotency-Key": "deploy-17" };
    const first = await post({ tags: ["a"] }, { headers });
    await control.stop();
    control = await controlUnderTest(folder.path);
    const again = await post({ tags: ["a"] }, { headers });
    expect(again.json.position).toBe(first.json.position);
    expect((await post({ tags: ["b"] }, { headers })).status, "another purge under the same key").toBe(422);
    expect((await post({ tags: ["b"] }, { headers: { "Idempotency-Key": "" } })).status).toBe(400);
    expect(await lastPurges()).toHaveLength(1);
  });

  test("sent again with its idempotency key gets the first receipt, also when no other would be allowed", async () => {
    const order = { token: await siteToken(), headers: { "Idempotency-Key": "deploy-18" } };
    const first = await post({ all: true }, order);
    expect(first.status).toBe(200);
    const again = await post({ all: true }, order);
    expect(again.json).toMatchObject({ position: first.json.position });
    expect(await lastPurges()).toHaveLength(1);
    expect((await post({ all: true }, { token: order.token })).status, "another one").toBe(429);
  });

  test("by URL is written as the site's rules make keys of it, beside what was written", async () => {
    await post({ urls: ["https://store.example/a?utm=1&page=2"] });
    expect((await lastPurges())[0]?.values).toEqual(["//store.example/a?utm=1&page=2", "//store.example/a?page=2"]);
  });
});

describe("a scheduled purge", () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const planned = async () => {
    const { json } = await control.ask("GET", "/v1/purges/scheduled");
    return (json as unknown as { scheduled: readonly { id: string; site: string }[] }).scheduled;
  };

  test("is fired once when it is due, also by a control that was not there then", async () => {
    const answer = await post({ tags: ["a"], at: inMs(400) });
    expect(answer.status).toBe(202);
    expect(await planned()).toMatchObject([{ site: "store", scope: "tag", values: ["a"] }]);
    expect(await lastPurges()).toEqual([]);
    await control.stop();
    control = await controlUnderTest(folder.path);
    await vi.waitFor(async () => expect(await lastPurges()).toHaveLength(1), soon);
    expect((await lastPurges())[0]).toMatchObject({ values: ["a"], author: "token:admin" });
    expect(await planned()).toEqual([]);
    await control.stop();
    control = await controlUnderTest(folder.path);
    expect(await lastPurges(), "and not again").toHaveLength(1);
  });

  test("by URL is written as the site's rules are when it is due", async () => {
    await control.stop();
    let nowMs = Date.now();
    control = await controlUnderTest(folder.path, 0, { clock: { ...systemClock, nowMs: () => nowMs } });
    await post({ urls: ["https://store.example/a?utm=1&page=2"], at: inMs(60_000) });
    const site = { ...siteConfig("store.example"), cache: { keyQuery: { allow: ["utm"] } } };
    expect((await control.ask("PUT", "/v1/sites/store", { body: site })).status).toBeLessThan(300);
    nowMs += 120_000;
    // Whatever is written: it is looked what is due.
    await siteToken();
    await vi.waitFor(async () => expect(await lastPurges()).toHaveLength(1), soon);
    expect((await lastPurges())[0]?.values).toContain("//store.example/a?utm=1");
  });

  test("can be called off, and then nothing happens", async () => {
    await post({ tags: ["a"], at: inMs(60_000) });
    const [one] = await planned();
    expect((await control.ask("DELETE", `/v1/purges/scheduled/${one?.id}`)).status).toBe(200);
    expect(await planned()).toEqual([]);
    expect((await control.ask("DELETE", `/v1/purges/scheduled/${one?.id}`)).status).toBe(404);
  });
});

describe("a receipt", () => {
  test("says for each edge how long it took, and is given again later", async () => {
    const report = await node("fra", "edge");
    const purged = await post({ tags: ["a"] });
    await report({ position: purged.json.position });
    const { json } = await control.ask("GET", `/v1/purges/${purged.json.position}`);
    expect(json.edges).toEqual([{ id: "fra", status: "applied", ms: expect.any(Number) }]);
    expect((await lastPurges())[0]).toMatchObject({ position: purged.json.position, edges: json.edges });
  });

  test("does not believe an edge that says it has applied what is not written yet", async () => {
    const report = await node("fra", "edge");
    const [epoch = "", last = ""] = (await post({ tags: ["a"] })).json.position.split(":");
    const ahead = `${epoch}:${Number(last) + 1}`;
    expect((await report({ position: ahead })).status).toBe(200);
    expect((await control.ask("GET", "/v1/edges")).json.edges).toMatchObject([{ id: "fra", state: "behind" }]);
    const { position } = (await post({ tags: ["b"] })).json;
    expect(position).toBe(ahead);
    const status = async () => (await control.ask("GET", `/v1/purges/${position}`)).json.edges;
    expect(await status()).toEqual([{ id: "fra", status: "pending" }]);
    await report({ position });
    expect(await status()).toEqual([{ id: "fra", status: "applied", ms: expect.any(Number) }]);
  });

  test("is for the owner of the site, too, and for no other site's", async () => {
    const token = await siteToken();
    const { json } = await control.ask("POST", "/v1/tokens", { body: { id: "other", scopes: ["site:other"] } });
    const { position } = (await post({ tags: ["a"] }, { token })).json;
    const look = (one: string) => control.ask("GET", `/v1/purges/${position}`, { token: one });
    expect(await look(token)).toMatchObject({ status: 200, json: { position, edges: [] } });
    expect((await look(json.token)).status).toBe(403);
  });

  test("calls a silent edge fenced only while every router says that it sends it no new users", async () => {
    await node("fra", "edge");
    const one = await node("r1", "router");
    const two = await node("r2", "router");
    const { position } = (await post({ tags: ["a"] })).json;
    const status = async () => (await control.ask("GET", `/v1/purges/${position}`)).json.edges;
    expect(await status()).toMatchObject([{ id: "fra", status: "unreachable" }]);
    await one({ position, fences: ["fra"] });
    await two({ position, fences: [] });
    expect(await status()).toMatchObject([{ id: "fra", status: "unreachable" }]);
    await two({ position, fences: ["fra"] });
    expect(await status()).toMatchObject([{ id: "fra", status: "fenced" }]);
  });

  test("does not wait for an edge that has been away for long, and names it", async () => {
    await control.stop();
    let nowMs = Date.now();
    control = await controlUnderTest(folder.path, 0, { clock: { ...systemClock, nowMs: () => nowMs } });
    await node("fra", "edge");
    nowMs += 2 * 86_400_000;
    expect((await post({ tags: ["a"], waitMs: 5_000 })).json).toMatchObject({ edges: [], absent: ["fra"] });
  });
});
