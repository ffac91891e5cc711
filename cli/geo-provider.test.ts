/** Files that say where prefixes are: what a router does by them, and mistakes in them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FleetHealth } from "../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import { CHOICE_RULES } from "../core/route/choice-rules.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import { Decider } from "../router/decider.ts";
import { geoProvider } from "./geo-provider.ts";

const folder = mkdtempSync(join(tmpdir(), "antipode-nets-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, "nets.csv");
  writeFileSync(file, text);
  return file;
}

const EDGES = (
  [
    ["fra", [50.1, 8.7]],
    ["nyc", [40.7, -74]],
    ["syd", [-33.9, 151.2]],
  ] as const
).map(([id, at]) => ({
  ...{ id, at, redirectBase: undefined },
  target: { scheme: "http", host: "127.0.0.1", port: 80 } as const,
}));

function deciderWith(nets: string) {
  const health = new FleetHealth({ edges: EDGES, rules: EDGE_HEALTH_RULES, nowMs: 0 });
  const geo = geoProvider({ geo: undefined, nets: fileOf(nets) }, EDGES);
  const decider = new Decider({
    ...{ mode: "redirect", edges: EDGES, geo, health, nowMs: 0, choiceRules: CHOICE_RULES },
    latencyRules: { ...LATENCY_RULES, prefixesMax: 100 },
  });
  const explain = (clientAddress: string, nowMs = 0) => decider.explain({ clientAddress, authority: "a" }, nowMs);
  return { health, decider, explain };
}

describe("a nets file", () => {
  test("places prefixes, the longest first, and leaves the others to the provider", () => {
    const { explain } = deciderWith("10.0.0.0/8,50,8,DE\n10.1.0.0/16,-33,151,AU\n");
    expect([explain("10.9.0.1").choice, explain("10.1.0.1").choice]).toEqual(["fra", "syd"]);
    expect(explain("10.1.0.1").place).toEqual({ at: [-33, 151], country: "AU", areaKm: 25 });
  });

  test("orders edges for a prefix, which measurements do not change, and failures do", () => {
    const { explain, decider, health } = deciderWith("192.0.2.0/24,edges:syd nyc\n");
    decider.learn({ clientAddress: "192.0.2.1", edge: "fra", rttMs: 1, kind: "beacon" }, 0);
    const { choice, candidates } = explain("192.0.2.1");
    expect([choice, ...candidates.map(({ edge }) => edge)]).toEqual(["syd", "syd", "nyc", "fra"]);
    expect(candidates.map(({ prices }) => prices.orderMs)).toEqual([0, 2000, 4000]);
    for (const nowMs of [1, 2]) health.probed("syd", "refused", nowMs);
    expect(explain("192.0.2.1", 200).choice).toBe("nyc");
  });

  test("that is a geofeed corrects the country of a provider that names another", () => {
    const { explain } = deciderWith("141.2.0.0/16,AU,AU-NSW,Sydney,\n128.32.0.0/16,US,US-CA,Berkeley,\n");
    expect(explain("141.2.1.1").place).toMatchObject({ country: "AU", areaKm: 1_000 });
    expect(explain("128.32.1.1").place).toMatchObject({ country: "US", areaKm: expect.not.closeTo(1_000) });
  });

  test("with mistakes is refused with all of them by line", () => {
    const file = fileOf("192.0.2.0/24,edges:lon\n# fine\n300.0.0.0/8,50,8\n192.0.2.1/24,50,8\n");
    const opening = () => geoProvider({ geo: undefined, nets: file }, EDGES);
    expect(opening).toThrow(/nets\.csv:1: no edge is called lon\n.*nets\.csv:3: .*\n.*nets\.csv:4: /);
    expect(() => geoProvider({ geo: file, nets: undefined }, EDGES)).toThrow(/no MaxMind DB file/);
    expect(() => geoProvider({ geo: undefined, nets: join(folder, "gone") }, EDGES)).toThrow(/ENOENT/);
  });
});
