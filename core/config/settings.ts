/**
 * Every operational limit and timer, in one table: name, unit, default, bounds and a paragraph. The type, the checks,
 * the help and docs/settings.md all come from it.
 */
import { nearest } from "./nearest.ts";
import { keyPath, type Problem, Problems, shown } from "./problems.ts";
import { CACHE_SETTINGS } from "./settings/cache-settings.ts";
import { CLIENT_SETTINGS } from "./settings/client-settings.ts";
import { CONTROL_SETTINGS } from "./settings/control-settings.ts";
import { ORIGIN_SETTINGS } from "./settings/origin-settings.ts";
import { ROUTING_SETTINGS } from "./settings/routing-settings.ts";
import type { Setting } from "./settings/setting.ts";
import { TLS_SETTINGS } from "./settings/tls-settings.ts";

/** The rows in groups, in the order of the documentation. */
export const SETTING_GROUPS: readonly { readonly title: string; readonly rows: Readonly<Record<string, Setting>> }[] = [
  { title: "Requests and connections", rows: CLIENT_SETTINGS },
  { title: "TLS and HTTP/2", rows: TLS_SETTINGS },
  { title: "Cache", rows: CACHE_SETTINGS },
  { title: "Origins", rows: ORIGIN_SETTINGS },
  { title: "Routing and health", rows: ROUTING_SETTINGS },
  { title: "Control", rows: CONTROL_SETTINGS },
];

const TABLE = {
  ...CLIENT_SETTINGS,
  ...TLS_SETTINGS,
  ...CACHE_SETTINGS,
  ...ORIGIN_SETTINGS,
  ...ROUTING_SETTINGS,
  ...CONTROL_SETTINGS,
} as const satisfies Record<string, Setting>;

/** The name of a setting. */
export type SettingName = keyof typeof TABLE;

/** The table by name. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = TABLE;

/** A value for every setting. */
export type Settings = Readonly<Record<SettingName, number>>;

/** The value of every setting that is not set. */
export const defaultSettings: Settings = settingsFrom((name) => SETTINGS[name].default);

/** Settings, or all that is wrong with them. */
export type ParsedSettings =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** Reads the settings of a config file or of anything else: what is absent has its default. */
export function parseSettings(input: unknown, path = "settings"): ParsedSettings {
  const problems = new Problems();
  const settings = checkSettings(input, path, problems) ? withDefaults(input) : undefined;
  if (settings !== undefined) checkRelations(settings, path, problems);
  if (settings === undefined || problems.count > 0) return { kind: "problems", problems: problems.list() };
  return { kind: "settings", settings };
}

/** Whether the settings that are given are good ones. */
export function checkSettings(input: unknown, path: string, problems: Problems): input is Partial<Settings> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return problems.add(path, `expected an object of settings, found ${shown(input)}`);
  }
  const before = problems.count;
  for (const [name, value] of Object.entries(input)) {
    const at = keyPath(path, name);
    if (value === undefined) continue;
    if (isSettingName(name)) checkSetting(name, value, at, problems);
    else problems.add(at, "no setting has this name", meant(name));
  }
  return problems.count === before;
}

/** All settings, those that are given and the defaults of the others. */
export function withDefaults(given: Partial<Settings>): Settings {
  return settingsFrom((name) => (Object.hasOwn(given, name) ? given[name] : undefined) ?? SETTINGS[name].default);
}

/** Pairs of which the first must not be above the second. */
const ORDERED: readonly (readonly [SettingName, SettingName])[] = [
  ["targetMaxBytes", "headerTotalMaxBytes"],
  ["headerLineMaxBytes", "headerTotalMaxBytes"],
  ["headersTimeoutMs", "requestTimeoutMs"],
  ["http2StreamWindowBytes", "http2ConnectionWindowBytes"],
  ["breakerOpenMs", "breakerOpenMaxMs"],
  ["originEjectMs", "originEjectMaxMs"],
  ["healthProbeTimeoutMs", "healthProbeIntervalMs"],
  ["originHealthTimeoutMs", "originHealthIntervalMs"],
  ["reconnectDelayMinMs", "reconnectDelayMaxMs"],
  ["memoryStopAdmissionPercent", "memoryRefusePercent"],
  ["siteConfigMaxBytes", "configMaxBytes"],
];

/** Checks settings against each other. */
export function checkRelations(settings: Settings, path: string, problems: Problems): void {
  for (const [low, high] of ORDERED) {
    if (settings[low] <= settings[high]) continue;
    problems.add(keyPath(path, low), `${settings[low]} is above ${high}, which is ${settings[high]}`);
  }
}

/** Whether a setting has this name. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function checkSetting(name: SettingName, value: unknown, path: string, problems: Problems): boolean {
  const { unit, min, max, fraction } = SETTINGS[name];
  const wanted = `a ${fraction ? "" : "whole "}number of ${unit} from ${min} to ${max}`;
  if (typeof value !== "number") return problems.add(path, `expected ${wanted}, found ${shown(value)}`);
  const fits = value >= min && value <= max && (fraction === true || Number.isInteger(value));
  return fits || problems.add(path, `expected ${wanted}, found ${value}`);
}

function meant(name: string): string | undefined {
  const guess = nearest(name, Object.keys(SETTINGS));
  return guess === undefined ? undefined : `did you mean ${guess}?`;
}

function settingsFrom(valueFor: (name: SettingName) => number): Settings {
  const values: Partial<Record<SettingName, number>> = {};
  for (const name of Object.keys(SETTINGS)) if (isSettingName(name)) values[name] = valueFor(name);
  if (!isComplete(values)) throw new Error("the settings table and its names differ");
  return values;
}

function isComplete(values: Partial<Settings>): values is Settings {
  return Object.keys(SETTINGS).every((name) => Object.hasOwn(values, name));
}
