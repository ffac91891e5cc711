/** Poison for a fleet: a bad config of one site must not fail one request of another, nor take away what its site served. */
import { expect, test, vi } from "vitest";
import type { VersionedSite } from "../../core/config/site-book.ts";
import { parseJson } from "../../core/ledger/read-json.ts";
import type { ApiBody } from "./control-under-test.ts";
import { fleetEdge, goodOrigin, trafficOf } from "./fleet-edge.ts";
import { poisonSet } from "./poison-set.ts";
import { soon, startedControl, startedFollower } from "./running.ts";

const HOSTS = ["good-a.example", "good-b.example", "poisoned.example"];
const CRASHES = "crashes.example";

function configOf(host: string, origin: string) {
  return {
    hosts: [host],
    origins: [{ url: origin }],
    origin: { allowPrivate: true },
    cache: { defaultTtlSeconds: 60 },
  };
}

function nameOf(host: string): string {
  return host.replace(".example", "");
}

test("control refuses each poison and says where and why, and traffic goes on", async () => {
  const origin = await goodOrigin();
  const control = await startedControl();
  const edge = await fleetEdge();
  await startedFollower(control, { extra: { adopt: ({ sites }) => edge.adopt(sites) } });
  for (const host of HOSTS)
    expect((await control.ask("PUT", `/v1/sites/${nameOf(host)}`, { body: configOf(host, origin) })).status).toBe(200);
  await vi.waitFor(() => expect(edge.keeper.sites()).toHaveLength(HOSTS.length), soon);
  const traffic = trafficOf(edge, HOSTS);
  const before = (await control.ask("GET", "/v1/audit")).json.position;
  const poisons = poisonSet(configOf("poisoned.example", origin));
  expect(poisons.length).toBeGreaterThanOrEqual(30);
  for (const { name, body, at } of poisons) {
    const response = await fetch(`${control.url}/v1/sites/poisoned`, {
      ...{ method: "PUT", body, headers: { authorization: `Bearer ${control.adminToken}` } },
    });
    const { detail, problems = [] }: Partial<ApiBody> = JSON.parse(await response.text());
    expect([name, response.status]).toEqual([name, expect.toSatisfy((status) => [400, 413, 422].includes(status))]);
    expect(detail?.length).toBeGreaterThan(10);
    if (at !== "")
      expect([name, problems]).toEqual([name, expect.arrayContaining([expect.objectContaining({ path: at })])]);
    await traffic.more(3);
  }
  expect((await control.ask("GET", "/v1/audit")).json.position).toBe(before);
  await traffic.end();
  expect(traffic.failures).toEqual([]);
  expect(traffic.count).toBeGreaterThan(3 * poisons.length);
  expect(edge.bugs).toEqual([]);
});

test("an edge that gets them all the same keeps the version before, and goes on", async () => {
  const origin = await goodOrigin();
  const edge = await fleetEdge();
  const good = HOSTS.map((host) => [nameOf(host), versioned(1, configOf(host, origin))] as const);
  edge.adopt(new Map(good));
  const traffic = trafficOf(edge, HOSTS);
  let seq = 1;
  // The host of another site is good by itself: there the first one keeps it.
  const poisons = poisonSet(configOf("poisoned.example", origin)).filter(
    ({ name }) => name !== "the host of another site",
  );
  for (const { name, body } of poisons) {
    seq += 1;
    const config = typeof body === "string" ? parseJson(body) : undefined;
    const { refusedSites, servedVersions } = edge.adopt(new Map([...good, ["poisoned", versioned(seq, config)]]));
    expect([name, Object.keys(refusedSites)]).toEqual([name, ["poisoned"]]);
    expect(servedVersions.poisoned).toMatch(/:1$/);
    await traffic.more(3);
  }
  await traffic.end();
  expect(traffic.failures).toEqual([]);
});

test("a version that makes the compiler of an edge throw is set aside there, and control says so", async () => {
  const origin = await goodOrigin();
  const control = await startedControl();
  const edge = await fleetEdge({
    prepare: (_, content) => {
      if (JSON.stringify(content).includes(CRASHES)) throw new Error("a bug of ours");
      return { content, problems: [] };
    },
  });
  await startedFollower(control, { extra: { adopt: ({ sites }) => edge.adopt(sites) } });
  const put = (host: string, config: object) => control.ask("PUT", `/v1/sites/${nameOf(host)}`, { body: config });
  for (const host of HOSTS) await put(host, configOf(host, origin));
  await vi.waitFor(() => expect(edge.keeper.sites()).toHaveLength(HOSTS.length), soon);
  const traffic = trafficOf(edge, HOSTS);
  const written = await put("poisoned.example", {
    ...configOf("poisoned.example", origin),
    hosts: ["poisoned.example", CRASHES],
  });
  expect(written.status).toBe(200);
  await vi.waitFor(async () => {
    const [fra] = (await control.ask("GET", "/v1/edges")).json.edges;
    expect(fra?.refusedSites.poisoned).toContain("a bug of ours");
  }, soon);
  await traffic.more(10);
  // What is written after it arrives.
  await put("later.example", configOf("later.example", origin));
  await vi.waitFor(() => expect(edge.keeper.findSite("later.example")).toBeDefined(), soon);
  expect(await edge.ask("later.example")).toBe(200);
  await traffic.end();
  expect(traffic.failures).toEqual([]);
});

function versioned(seq: number, config: unknown): VersionedSite {
  return { version: { epoch: "01HZZZZZZZ0000000000000000", seq }, at: seq, config };
}
