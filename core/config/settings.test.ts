/** The settings table holds together, and parsing says all that is wrong. */
import { describe, expect, it } from "vitest";
import { defaultSettings, parseSettings, SETTING_GROUPS, SETTINGS } from "./settings.ts";

const ROWS = Object.entries(SETTINGS);

/** The unit that a name ends with. */
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/Bytes(Max)?$/, "bytes"],
  [/PerSecond(Max|Min)?$/, "second"],
  [/Ms$/, "milliseconds"],
  [/Seconds$/, "seconds"],
  [/Percent$/, "percent"],
];

describe("the settings table", () => {
  it.each(ROWS)("%s has a default within its bounds, of its unit, and a sentence", (name, row) => {
    expect(row.default).toBeGreaterThanOrEqual(row.min);
    expect(row.default).toBeLessThanOrEqual(row.max);
    expect(row.about).toMatch(/^[A-Z0-9].{20,}[.)]$/s);
    const ending = ENDINGS.find(([pattern]) => pattern.test(name));
    if (ending !== undefined) expect(row.unit).toContain(ending[1]);
  });

  it("has each name in one group", () => {
    const names = SETTING_GROUPS.flatMap(({ rows }) => Object.keys(rows));
    expect(new Set(names).size).toBe(names.length);
    expect(names.sort()).toEqual(ROWS.map(([name]) => name).sort());
  });

  it("has the values that the design gives", () => {
    expect(defaultSettings).toMatchObject({
      maxWaitersPerKey: 20_000,
      originConnectionsMax: 1024,
      originQueueMax: 4096,
      originQueueWaitMs: 10_000,
      connectionsMax: 20_000,
      requestsPerConnectionMax: 100_000,
      requestsPerIpPerSecondMax: 0,
      variantsPerKeyMax: 16,
      varyFieldsMax: 4,
      hitForPassSeconds: 120,
      proxyRetriesMax: 2,
      healthProbeIntervalMs: 1000,
    });
  });

  it("parses to the defaults when nothing is set", () => {
    expect(parseSettings({})).toEqual({ kind: "settings", settings: defaultSettings });
  });

  it("parses what is set, between the defaults of the rest", () => {
    const parsed = parseSettings({ varyFieldsMax: 2 });
    expect(parsed).toEqual({ kind: "settings", settings: { ...defaultSettings, varyFieldsMax: 2 } });
  });

  it("says all that is wrong at once", () => {
    const parsed = parseSettings({ varyFieldsMax: 99, hopMax: 3, drainMs: "5s", toString: 1 });
    expect(parsed.kind === "problems" && parsed.problems.map(({ path, hint }) => [path, hint])).toEqual([
      ["settings.varyFieldsMax", undefined],
      ["settings.hopMax", "did you mean hopsMax?"],
      ["settings.drainMs", undefined],
      ["settings.toString", undefined],
    ]);
  });

  it("compares settings with each other, defaults included", () => {
    const parsed = parseSettings({ breakerOpenMs: 90_000 }, "limits");
    expect(parsed).toEqual({
      kind: "problems",
      problems: [{ path: "limits.breakerOpenMs", message: "90000 is above breakerOpenMaxMs, which is 15000" }],
    });
  });
});
