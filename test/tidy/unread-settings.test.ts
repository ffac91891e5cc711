/** Every setting does something, or says what it waits for. */
import path from "node:path";
import { expect, test } from "vitest";
import { SETTINGS } from "../../core/config/settings.ts";
import { unreadSettings, WAITING } from "./unread-settings.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const waiting = Object.values(WAITING).flat();

test("every setting is read, but for those that wait for a feature", () => {
  expect(unreadSettings(ROOT, Object.keys(SETTINGS)).filter((name) => !waiting.includes(name))).toEqual([]);
});

test("nothing that waits has a reader already", () => {
  expect(waiting.filter((name) => !unreadSettings(ROOT, [name]).includes(name))).toEqual([]);
});

test("those that wait are in the table, each once", () => {
  expect(waiting.filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
  expect(new Set(waiting).size).toBe(waiting.length);
});

test("a name that nothing reads would be found", () => {
  expect(unreadSettings(ROOT, ["drainMs", "nobodyReadsThisMs"])).toEqual(["nobodyReadsThisMs"]);
});
