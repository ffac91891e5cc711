/** Followers and a control over real sockets: join, adopt, restart, revoke, an old backup, no control at all. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ledgerFolder, siteConfig } from "./control-under-test.ts";
import { atEnd, portOf, soon, startedControl, startedFollower } from "./running.ts";

test("a node joins, adopts sites as they are applied, and control knows how far it is", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
  const { json } = await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.book.findSite("shop.example")?.name).toBe("shop"), soon);
  await vi.waitFor(async () => {
    const { edges } = (await control.ask("GET", "/v1/edges")).json;
    expect(edges).toMatchObject([{ id: "fra", state: "current", position: json.position, draining: false }]);
  }, soon);
  expect(node.follower.standing).toMatchObject({ position: json.position, behind: false });
});

test("drain, undrain and purges reach the node", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
  expect((await control.ask("POST", "/v1/edges/fra/drain")).status).toBe(200);
  await vi.waitFor(() => expect(node.snapshot()?.drains.has("fra")).toBe(true), soon);
  await control.ask("POST", "/v1/edges/fra/undrain");
  await control.ask("POST", "/v1/purge", { body: { site: "shop", tags: ["a"] } });
  await vi.waitFor(() => expect(node.snapshot()?.purges.get("shop")?.find("tag", "a")?.hard).toBeDefined(), soon);
  expect(node.snapshot()?.drains.size).toBe(0);
  expect((await control.ask("POST", "/v1/edges/nobody/drain")).status).toBe(404);
});

test("without control a node starts from its disk and serves, and catches up when control is there again", async () => {
  const control = await startedControl();
  const first = await startedFollower(control);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(
    () => expect(readFileSync(join(first.folder, "ledger.json"), "utf8")).toContain("shop.example"),
    soon,
  );
  first.follower.stop();
  await control.stop();
  const second = await startedFollower(control, { folder: first.folder });
  expect(second.book.findSite("shop.example")?.name).toBe("shop");
  expect(second.follower.standing).toMatchObject({ behind: false, confirmedAtMs: undefined });
  await vi.waitFor(() => expect(second.said.join()).toContain("goes on with what it has"), soon);
  const again = await startedControl({ folder: control.folder, port: portOf(control) });
  await again.ask("PUT", "/v1/sites/blog", { body: siteConfig("blog.example") });
  await vi.waitFor(() => expect(second.book.findSite("blog.example")?.name).toBe("blog"), soon);
});

test("a second control node is asked when the first is silent or gone", async () => {
  const control = await startedControl();
  const node = await startedFollower(control, { urls: ["http://127.0.0.1:9", control.url] });
  await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
});

test("a revoked node is let go at once, says so in one line, and serves what it has", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.book.findSite("shop.example")).toBeDefined(), soon);
  await control.ask("POST", "/v1/edges/fra/revoke");
  await vi.waitFor(() => expect(node.said.filter((line) => line.includes("revoked?"))).toHaveLength(1), soon);
  await control.ask("PUT", "/v1/sites/blog", { body: siteConfig("blog.example") });
  expect(node.book.findSite("shop.example")).toBeDefined();
  expect(node.book.findSite("blog.example")).toBeUndefined();
  expect((await control.ask("GET", "/v1/edges")).json.edges).toEqual([]);
});

test("an old backup of control is found out by a node: a new epoch begins, in which everything stored before is stale", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", 1) });
  await vi.waitFor(
    async () => expect((await control.ask("GET", "/v1/edges")).json.edges).toMatchObject([{ state: "current" }]),
    soon,
  );
  await control.stop();
  const backup = ledgerFolder();
  atEnd(backup.remove);
  cpSync(control.folder, backup.path, { recursive: true });
  const lost = await startedControl({ folder: control.folder, port: portOf(control) });
  const purge = await lost.ask("POST", "/v1/purge", { body: { site: "shop", all: true } });
  await vi.waitFor(() => expect(node.follower.standing.position).toBe(purge.json.position), soon);
  await lost.stop();
  const restored = await startedControl({ folder: backup.path, port: portOf(control) });
  await vi.waitFor(() => expect(restored.said.join()).toContain("rolled back"), soon);
  await vi.waitFor(() => expect(node.snapshot()?.floor).toBeDefined(), soon);
  const floor = node.snapshot()?.floor;
  const old = purge.json.position.split(":")[0] ?? "";
  expect(floor !== undefined && floor.epoch > old).toBe(true);
  await restored.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", 2) });
  await vi.waitFor(
    () => expect(node.snapshot()?.sites.get("shop")?.config).toEqual(siteConfig("shop.example", 2)),
    soon,
  );
});

test("damage on a node's disk is seen, and the ledger fetched anew", async () => {
  const control = await startedControl();
  const first = await startedFollower(control);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  const file = join(first.folder, "ledger.json");
  await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain("shop.example"), soon);
  first.follower.stop();
  writeFileSync(file, readFileSync(file, "utf8").replace("shop.example", "evil.example"));
  const second = await startedFollower(control, { folder: first.folder });
  expect(second.book.findSite("evil.example")).toBeUndefined();
  expect(second.said.join()).toContain("damaged");
  await vi.waitFor(() => expect(second.book.findSite("shop.example")).toBeDefined(), soon);
});

test("a control of another ledger at the same address is not believed", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.book.findSite("shop.example")).toBeDefined(), soon);
  await control.stop();
  // Same tokens and members, another key: as an impostor would who had copied the ledger but not its key.
  rmSync(join(control.folder, "ledger.key"));
  const impostor = await startedControl({ folder: control.folder, port: portOf(control) });
  await impostor.ask("PUT", "/v1/sites/shop", { body: siteConfig("evil.example") });
  await vi.waitFor(() => expect(node.said.join()).toContain("not believed"), soon);
  expect(node.book.findSite("evil.example")).toBeUndefined();
  expect(node.book.findSite("shop.example")).toBeDefined();
});
