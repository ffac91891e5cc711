/** `antipode sites` against a control: what it prints, how it ends, and two owners who do not overwrite each other. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { type ControlUnderTest, siteConfig } from "./control-under-test.ts";
import { atEnd, soon, startedControl, startedFollower } from "./running.ts";

const MAIN = path.join(import.meta.dirname, "..", "..", "cli", "main.ts");

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function commands() {
  const control = await startedControl();
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-sites-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: object) => writeFileSync(path.join(folder, name), JSON.stringify(content));
  const env = { ...process.env, NO_COLOR: "1", ANTIPODE_CONTROL: control.url, ANTIPODE_TOKEN: control.adminToken };
  const antipode = (...words: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...words], { cwd: folder, env }, (failure, out, error) => {
        resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
      });
    });
  return { control, write, antipode };
}

async function versionOf(control: ControlUnderTest, site: string): Promise<string> {
  return (await control.ask("GET", `/v1/sites/${site}`)).json.version;
}

test("apply says what is new, what changed and in what, and what stayed; history and rollback follow", async () => {
  const { control, write, antipode } = await commands();
  write("c.json", { sites: { shop: siteConfig("shop.example", 60), blog: siteConfig("blog.example") } });
  expect(await antipode("sites", "apply", "c.json")).toMatchObject({ code: 0, error: "" });
  write("c.json", { sites: { shop: siteConfig("shop.example", 90), blog: siteConfig("blog.example") } });
  const changed = await antipode("sites", "apply", "c.json", "--json");
  expect(JSON.parse(changed.out).sites).toMatchObject([
    {
      name: "shop",
      result: "changed",
      before: { author: "token:admin" },
      diff: [{ path: "cache.defaultTtlSeconds", before: 60, after: 90 }],
    },
    { name: "blog", result: "unchanged", diff: [] },
  ]);
  const history = await antipode("sites", "history", "shop");
  expect(history.out).toContain("by token:admin\n  - cache.defaultTtlSeconds: 60\n  + cache.defaultTtlSeconds: 90\n");
  expect((await antipode("sites", "rollback", "shop")).out).toContain("as version");
  expect((await control.ask("GET", "/v1/sites/shop")).json.config).toEqual(siteConfig("shop.example", 60));
});

test("what is exported can be applied, and changes nothing", async () => {
  const { control, write, antipode } = await commands();
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  const exported = await antipode("sites", "export");
  write("again.json", JSON.parse(exported.out));
  expect((await antipode("sites", "apply", "again.json")).out).toMatch(/^unchanged shop /);
  expect((await antipode("sites", "list")).out).toMatch(/^SITE .*\nshop +shop\.example /);
  expect((await antipode("sites", "show", "shop")).out).toContain('"shop.example"');
});

test("a second owner is told who was faster and what to do; nothing is overwritten", async () => {
  const { control, write, antipode } = await commands();
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", 1) });
  const seen = await versionOf(control, "shop");
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", 2) });
  write("mine.json", { sites: { shop: siteConfig("shop.example", 3) } });
  const refused = await antipode("sites", "apply", "mine.json", "--if-match", seen);
  expect(refused.code).toBe(1);
  expect(refused.out).toContain("written by token:admin");
  expect(refused.out).toContain("antipode sites show shop");
  expect((await control.ask("GET", "/v1/sites/shop")).json.config).toEqual(siteConfig("shop.example", 2));
});

test("without a token, without control, and for what is not there: one line and 1; bad words: 2", async () => {
  const { antipode } = await commands();
  const nobody = await antipode("sites", "list", "--token", "nonsense");
  expect(nobody).toMatchObject({ code: 1, out: "" });
  expect(nobody.error.trim().split("\n")).toHaveLength(1);
  expect(nobody.error).toContain("401");
  const nowhere = await antipode("sites", "list", "--control", "http://127.0.0.1:9");
  expect(nowhere.code).toBe(1);
  expect(nowhere.error).toContain("ANTIPODE_CONTROL");
  expect((await antipode("sites", "show", "none")).error).toContain("does not exist");
  expect((await antipode("sites", "show")).code).toBe(2);
  expect((await antipode("sites", "nonsense")).code).toBe(2);
});

test("nodes, tokens and the ledger are there for admins", async () => {
  const { control, antipode } = await commands();
  const made = await antipode("tokens", "create", "owner", "--scope", "site:shop");
  expect((await control.ask("GET", "/v1/sites/shop", { token: made.out.trim() })).status).toBe(404);
  expect((await antipode("tokens", "list")).out).toContain("owner  site:shop");
  expect((await antipode("nodes", "list")).out).toContain("no node has joined");
  expect(await antipode("nodes", "drain", "fra")).toMatchObject({ code: 1 });
  expect((await antipode("ledger", "--limit", "1")).out).toMatch(/token:admin +token +- +\{"id":"owner"/);
  expect((await antipode("tokens", "revoke", "owner")).code).toBe(0);
  expect((await control.ask("GET", "/v1/sites/shop", { token: made.out.trim() })).status).toBe(401);
});

test("status asks every node, and ends with 1 when one is silent", async () => {
  const { control, antipode } = await commands();
  const answer = () => ({ ready: "ready", sites: 3, position: "x:1" });
  await startedFollower(control, { id: "fra", extra: { answer } });
  await vi.waitFor(async () => expect((await control.ask("GET", "/v1/edges")).json.edges).toHaveLength(1), soon);
  const well = await antipode("status", "--json");
  expect(JSON.parse(well.out).nodes).toMatchObject([{ id: "fra", ready: "ready", sites: 3 }]);
  expect(well.code).toBe(0);
  await startedFollower(control, { id: "mute" });
  await vi.waitFor(async () => expect((await control.ask("GET", "/v1/edges")).json.edges).toHaveLength(2), soon);
  const silent = await antipode("status");
  expect(silent.code).toBe(1);
  expect(silent.out).toMatch(/mute +edge +silent/);
});
