/** Settings of the fleet: written to the ledger by name, checked whole, and followed by control and nodes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { joinFleet } from "../../cli/fleet.ts";
import { defaultSettings } from "../../core/config/settings.ts";
import { ledgerFolder, siteConfig } from "./control-under-test.ts";
import { atEnd, soon, startedControl, startedFollower } from "./running.ts";

test("a setting is changed by itself, followed by control at once and by nodes, and taken back with null", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  const set = (body: unknown) => control.ask("PATCH", "/v1/settings", { body });
  expect((await set({ apiBodyMaxBytes: 2_048 })).status).toBe(200);
  expect((await set({ heartbeatIntervalMs: 500 })).json).toMatchObject({
    changed: { apiBodyMaxBytes: 2_048, heartbeatIntervalMs: 500 },
  });
  const long = await control.ask("POST", "/v1/tokens", { body: { id: "x".repeat(3_000) } });
  expect(long.status).toBe(413);
  await vi.waitFor(() => expect(node.snapshot()?.settings).toMatchObject({ heartbeatIntervalMs: 500 }), soon);
  const { position } = (await set({ apiBodyMaxBytes: null, heartbeatIntervalMs: 500 })).json;
  const shown = await control.ask("GET", "/v1/settings");
  expect(shown.json).toEqual({
    changed: { heartbeatIntervalMs: 500 },
    settings: { ...defaultSettings, heartbeatIntervalMs: 500 },
  });
  // What is so already is not written again.
  expect((await set({ heartbeatIntervalMs: 500 })).json.position).toBe(position);
});

test("the rates of purges are those of the ledger at once, and after a restart of control", async () => {
  const control = await startedControl();
  const purgeAll = async ({ ask }: Pick<typeof control, "ask">, token: string) =>
    (await ask("POST", "/v1/purge", { token, body: { site: "shop", all: true } })).status;
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  const { token } = (await control.ask("POST", "/v1/tokens", { body: { id: "owner", scopes: ["site:shop"] } })).json;
  expect([await purgeAll(control, token), await purgeAll(control, token)]).toEqual([200, 429]);
  await control.ask("PATCH", "/v1/settings", { body: { purgeAllPerMinuteMax: 2 } });
  const three = async (one: Pick<typeof control, "ask">) => [
    await purgeAll(one, token),
    await purgeAll(one, token),
    await purgeAll(one, token),
  ];
  expect(await three(control)).toEqual([200, 200, 429]);
  await control.stop();
  expect(await three(await startedControl({ folder: control.folder }))).toEqual([200, 200, 429]);
});

test("a node keeps as many good versions of a site as the ledger says", async () => {
  const control = await startedControl();
  await control.ask("PATCH", "/v1/settings", { body: { configGenerationsKept: 2 } });
  const folder = ledgerFolder();
  atEnd(folder.remove);
  const about = { id: "fra", role: "edge", at: undefined, region: undefined, advertise: undefined } as const;
  const fleet = await joinFleet({
    ...about,
    ...{ control: [new URL(control.url)], join: control.joinToken, data: folder.path },
  });
  atEnd(() => fleet?.stop());
  const kept = () => JSON.parse(readFileSync(join(folder.path, "site-shop.json"), "utf8"));
  for (const ttlSeconds of [1, 2, 3]) {
    const { version } = (await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", ttlSeconds) }))
      .json;
    await vi.waitFor(() => expect(kept()[0]).toMatchObject({ version }), soon);
  }
  expect(kept()).toHaveLength(2);
  // Nothing is being written any more when the folder goes.
  const isSaved = { edges: [{ id: "fra", state: "current" }] };
  await vi.waitFor(async () => expect((await control.ask("GET", "/v1/edges")).json).toMatchObject(isSaved), soon);
});

test("settings that are not good are refused with their names, and nothing of them is written", async () => {
  const control = await startedControl();
  const before = (await control.ask("GET", "/v1/audit")).json.position;
  const body = { heartbeatIntervalMs: 1, heartbeatIntervalMS: 1_000, drainMs: "5s", fleetNewsIntervalMs: 500 };
  const refused = await control.ask("PATCH", "/v1/settings", { body });
  expect(refused.status).toBe(422);
  expect(refused.json.problems.map(({ path }) => path).sort()).toEqual(
    ["drainMs", "heartbeatIntervalMS", "heartbeatIntervalMs"].sort(),
  );
  const apart = { targetMaxBytes: defaultSettings.headerTotalMaxBytes + 1 };
  expect((await control.ask("PATCH", "/v1/settings", { body: apart })).status).toBe(422);
  expect((await control.ask("GET", "/v1/audit")).json.position).toBe(before);
});

test("settings are an admin's to change", async () => {
  const control = await startedControl();
  const { json } = await control.ask("POST", "/v1/tokens", { body: { id: "reader", scopes: ["read"] } });
  const asReader = { token: json.token, body: { drainMs: 1_000 } };
  expect((await control.ask("PATCH", "/v1/settings", asReader)).status).toBe(403);
  expect((await control.ask("GET", "/v1/settings", { token: json.token })).status).toBe(200);
});
