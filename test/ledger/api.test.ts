/** The API of control: who may do what, sites with their versions, purges, tokens; all over a real socket. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../control/openapi.ts";
import { parseJoinToken } from "../../fleet/join-token.ts";
import { type ControlUnderTest, controlUnderTest, ledgerFolder, siteConfig } from "./control-under-test.ts";

const folder = ledgerFolder();
let control: ControlUnderTest;
beforeAll(async () => {
  control = await controlUnderTest(folder.path);
});
afterAll(async () => {
  await control.stop();
  folder.remove();
});

async function tokenWith(id: string, scopes: readonly string[]): Promise<string> {
  const { status, json } = await control.ask("POST", "/v1/tokens", { body: { id, scopes } });
  expect(status).toBe(201);
  return String(json.token);
}

describe("the first start", () => {
  test("writes two tokens that only their owner can read, and says so", () => {
    for (const name of ["admin.token", "join.token", "ledger.key"])
      expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o600);
    expect(control.said).toHaveLength(2);
    expect(control.said[0]).toContain("admin.token");
    expect(parseJoinToken(control.joinToken)).toMatchObject({ tlsFingerprint: undefined });
  });
  test("keeps no secret in the ledger, only hashes", () => {
    const kept =
      readFileSync(join(folder.path, "ledger.sqlite-wal")).toString("latin1") +
      readFileSync(join(folder.path, "ledger.sqlite")).toString("latin1");
    expect(kept).not.toContain(control.adminToken.split("~")[1]);
    expect(kept).not.toContain(parseJoinToken(control.joinToken)?.secret.split("~")[1]);
  });
  test("a later start keeps the tokens and everything else", async () => {
    const other = ledgerFolder();
    const first = await controlUnderTest(other.path);
    await first.ask("PUT", "/v1/sites/kept", { body: siteConfig("kept.example") });
    await first.stop();
    const second = await controlUnderTest(other.path);
    expect(second.adminToken).toBe(first.adminToken);
    expect(second.said).toEqual([]);
    expect((await second.ask("GET", "/v1/sites/kept")).status).toBe(200);
    await second.stop();
    other.remove();
  });
});

describe("who may do what", () => {
  test("without a token, with one that is wrong in any part, or of a wrong form: 401", async () => {
    const changed = `${control.adminToken.slice(0, -1)}${control.adminToken.endsWith("A") ? "B" : "A"}`;
    for (const token of [
      null,
      "",
      "nonsense",
      changed,
      control.adminToken.replace("admin", "other"),
      `${control.adminToken}x`,
    ]) {
      const answer = await control.ask("GET", "/v1/sites", { token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
  });
  test("a token of another site: 403 that names the scope it needs", async () => {
    const token = await tokenWith("shop-owner", ["site:shop"]);
    const refused = await control.ask("PUT", "/v1/sites/blog", { token, body: siteConfig("blog.example") });
    expect(refused.status).toBe(403);
    expect(refused.json.detail).toContain("site:blog");
    const own = { ...siteConfig("shop.example"), origins: [{ url: "https://shop-origin.example" }], origin: {} };
    expect((await control.ask("PUT", "/v1/sites/shop", { token, body: own })).status).toBe(200);
    expect((await control.ask("POST", "/v1/purge", { token, body: { site: "blog", all: true } })).status).toBe(403);
  });
  test("the owner of a site does not let it into private networks: that takes an administrator", async () => {
    const token = await tokenWith("gate-owner", ["site:gate"]);
    const refused = await control.ask("PUT", "/v1/sites/gate", { token, body: siteConfig("gate.example") });
    expect(refused).toMatchObject({ status: 403, json: { problems: [{ path: "origin.allowPrivate" }] } });
    expect((await control.ask("PUT", "/v1/sites/gate", { body: siteConfig("gate.example") })).status).toBe(200);
    const later = await control.ask("PUT", "/v1/sites/gate", { token, body: siteConfig("gate.example", 30) });
    expect(later.status).toBe(200);
    const elsewhere = { ...siteConfig("gate.example"), origins: [{ url: "http://127.0.0.1:10" }] };
    expect((await control.ask("PUT", "/v1/sites/gate", { token, body: elsewhere })).status).toBe(403);
  });
  test("every operation of the description refuses somebody without scopes for it", async () => {
    const token = await tokenWith("stranger", ["site:nowhere"]);
    for (const { method, path } of OPERATIONS) {
      const { status } = await control.ask(method.toUpperCase(), path.replace("{name}", "x").replace("{id}", "x"), {
        token,
        ...(method !== "get" && { body: {} }),
      });
      expect(`${method} ${path} ${status}`).toBe(`${method} ${path} 403`);
    }
  });
  test("the admin's token is not enough to enrol: that needs the join token", async () => {
    expect((await control.ask("POST", "/v1/enrol", { body: { id: "fra" } })).status).toBe(403);
  });
  test("a token that was taken back is worth nothing at once", async () => {
    const token = await tokenWith("short-lived", ["read"]);
    expect((await control.ask("GET", "/v1/sites", { token })).status).toBe(200);
    await control.ask("DELETE", "/v1/tokens/short-lived");
    expect((await control.ask("GET", "/v1/sites", { token })).status).toBe(401);
    expect(JSON.stringify((await control.ask("GET", "/v1/tokens")).json)).not.toContain("hash");
  });
});

describe("sites", () => {
  test("have versions: put, show, history, roll back, remove", async () => {
    const first = await control.ask("PUT", "/v1/sites/news", { body: siteConfig("news.example", 1) });
    const second = await control.ask("PUT", "/v1/sites/news", { body: siteConfig("news.example", 2) });
    expect(second.json.version > first.json.version).toBe(true);
    expect((await control.ask("GET", "/v1/sites/news")).json).toMatchObject({
      config: siteConfig("news.example", 2),
      author: "token:admin",
    });
    expect((await control.ask("POST", "/v1/sites/news/rollback", { body: {} })).status).toBe(200);
    expect((await control.ask("GET", "/v1/sites/news")).json.config).toEqual(siteConfig("news.example", 1));
    const history = (await control.ask("GET", "/v1/sites/news/history")).json.versions;
    expect(history).toHaveLength(3);
    expect(
      (await control.ask("POST", "/v1/sites/news/rollback", { body: { version: second.json.version } })).status,
    ).toBe(200);
    expect((await control.ask("DELETE", "/v1/sites/news")).status).toBe(200);
    expect((await control.ask("GET", "/v1/sites/news")).status).toBe(404);
    expect((await control.ask("GET", "/v1/sites/news/history")).json.versions).toHaveLength(5);
  });
  test("If-Match keeps two owners from overwriting each other", async () => {
    const { headers } = await control.ask("PUT", "/v1/sites/wiki", { body: siteConfig("wiki.example", 1) });
    const seen = headers.get("etag") ?? "";
    const put = (ttl: number) =>
      control.ask("PUT", "/v1/sites/wiki", { body: siteConfig("wiki.example", ttl), headers: { "if-match": seen } });
    const answers = await Promise.all([put(2), put(3)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const create = await control.ask("PUT", "/v1/sites/wiki", {
      body: siteConfig("wiki.example"),
      headers: { "if-none-match": "*" },
    });
    expect(create.status).toBe(412);
  });
  test("a config that is not good is refused with all that is wrong, and nothing changes", async () => {
    const refused = await control.ask("PUT", "/v1/sites/bad", {
      body: { hosts: ["bad host"], origins: [{ url: "ftp://x" }], extra: 1 },
    });
    expect(refused.status).toBe(422);
    expect(refused.json.problems.length).toBeGreaterThanOrEqual(3);
    expect((await control.ask("GET", "/v1/sites/bad")).status).toBe(404);
  });
  test("a host belongs to one site", async () => {
    await control.ask("PUT", "/v1/sites/one", { body: siteConfig("same.example") });
    const refused = await control.ask("PUT", "/v1/sites/two", { body: siteConfig("SAME.example") });
    expect(refused.status).toBe(422);
    expect(refused.json.problems[0]).toMatchObject({ path: "sites.two.hosts[0]" });
  });
  test("bodies that are no JSON, too deep or too long are refused", async () => {
    expect((await control.ask("PUT", "/v1/sites/x", { body: "{" })).status).toBe(400);
    expect((await control.ask("PUT", "/v1/sites/x", { body: `${"[".repeat(100)}${"]".repeat(100)}` })).status).toBe(
      400,
    );
    expect((await control.ask("PUT", "/v1/sites/x", { body: `"${"x".repeat(1_048_577)}"` })).status).toBe(413);
    expect((await control.ask("PUT", "/v1/sites/-x", { body: {} })).status).toBe(400);
  });
});

describe("purges", () => {
  test("are appended and answered with their position", async () => {
    await control.ask("PUT", "/v1/sites/store", { body: siteConfig("store.example") });
    const first = await control.ask("POST", "/v1/purge", { body: { site: "store", tags: ["a", "b"] } });
    const second = await control.ask("POST", "/v1/purge", { body: { site: "store", all: true, soft: true } });
    expect(first.status).toBe(200);
    const [a, b] = [first, second].map(({ json }) => Number(json.position.split(":")[1]));
    expect(b).toBe((a ?? 0) + 1);
  });
  test("that name nothing, two kinds, an unknown site or too much are refused whole", async () => {
    const cases = [
      [{ tags: ["a"] }, 400],
      [{ site: "store" }, 400],
      [{ site: "store", tags: ["a"], urls: ["/a"] }, 400],
      [{ site: "store", tags: ["a"], all: true }, 400],
      [{ site: "store", tags: [""] }, 400],
      [{ site: "store", urls: ["https://store.example/a", "/b"] }, 400],
      [{ site: "store", prefixes: ["https://store.example/a?b=c"] }, 400],
      [{ site: "store", hosts: ["https://store.example/a"] }, 400],
      [{ site: "store", all: true, settleSeconds: -1 }, 400],
      [{ site: "unknown", all: true }, 404],
    ] as const;
    const before = (await control.ask("GET", "/v1/sites")).json.position;
    for (const [body, status] of cases) expect((await control.ask("POST", "/v1/purge", { body })).status).toBe(status);
    expect((await control.ask("GET", "/v1/sites")).json.position).toBe(before);
  });
});

test("the description is there for everybody, and names every operation", async () => {
  const { json } = await control.ask("GET", "/v1/openapi.json", { token: null });
  for (const { path, method } of OPERATIONS) expect(json.paths[path]?.[method]?.summary ?? "").not.toBe("");
  expect((await control.ask("GET", "/v1/nothing")).status).toBe(404);
});

test("a ledger whose file was tampered with does not open", async () => {
  const other = ledgerFolder();
  await (await controlUnderTest(other.path)).stop();
  const file = join(other.path, "ledger.sqlite");
  const bytes = readFileSync(file, "latin1");
  expect(bytes).toContain('"scopes":["admin"]');
  writeFileSync(file, bytes.replace('"scopes":["admin"]', '"scopes":["aDmin"]'), "latin1");
  await expect(controlUnderTest(other.path)).rejects.toThrow(/does not follow/);
  other.remove();
});
