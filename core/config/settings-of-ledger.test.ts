/** What the ledger sets goes before what a node was started with, as far as this version can make sense of it. */
import { expect, test } from "vitest";
import { defaultSettings } from "./settings.ts";
import { changedForNextStart, settingsWith } from "./settings-of-ledger.ts";

test("what the ledger sets goes before what the node was started with; the rest stays", () => {
  const started = { ...defaultSettings, drainMs: 1_000, heartbeatIntervalMs: 3_000 };
  const settings = settingsWith(started, { heartbeatIntervalMs: 500 });
  expect(settings).toEqual({ ...started, heartbeatIntervalMs: 500 });
  expect(settingsWith(started, {})).toBe(started);
});

test("a setting of a newer version, or a value that is not allowed here, is passed over", () => {
  const settings = settingsWith(defaultSettings, { ofTomorrow: 1, heartbeatIntervalMs: 1, feedHeadIntervalMs: 500 });
  expect(settings).toEqual({ ...defaultSettings, feedHeadIntervalMs: 500 });
});

test("settings that do not go together change nothing", () => {
  const targetMaxBytes = defaultSettings.headerTotalMaxBytes + 1;
  expect(settingsWith(defaultSettings, { targetMaxBytes, feedHeadIntervalMs: 500 })).toBe(defaultSettings);
});

test("a change of what listeners and stores are made with waits for the next start, one of heartbeats or of control does not", () => {
  const changed = settingsWith(defaultSettings, { drainMs: 1_000, heartbeatIntervalMs: 500, purgeAllPerMinuteMax: 2 });
  expect(changedForNextStart(defaultSettings, changed)).toEqual(["drainMs"]);
});
