/** The settings of a fleet: what the ledger sets goes before what a node was started with. */

import { Problems } from "./problems.ts";
import { CONTROL_SETTINGS } from "./settings/control-settings.ts";
import { checkRelations, checkSettings, isSettingName, type Settings, withDefaults } from "./settings.ts";

/**
 * The settings in force, given those a node was started with and those of the ledger. A setting that this version does not know,
 * or whose value it does not allow, is passed over; settings that do not go together are passed over all.
 */
export function settingsWith(started: Settings, ofLedger: Readonly<Record<string, number>>): Settings {
  const known = Object.entries(ofLedger).filter(
    ([name, value]) => isSettingName(name) && checkSettings({ [name]: value }, "", new Problems()),
  );
  if (known.length === 0) return started;
  const settings = withDefaults({ ...started, ...Object.fromEntries(known) });
  const problems = new Problems();
  checkRelations(settings, "", problems);
  return problems.count > 0 ? started : settings;
}

/** The names of the settings that differ and that a node takes at its start; those of the ledger itself hold at once. */
export function changedForNextStart(one: Settings, other: Settings): readonly string[] {
  const isForStart = (name: string) => !Object.hasOwn(CONTROL_SETTINGS, name);
  return Object.keys(one).filter((name) => isSettingName(name) && isForStart(name) && one[name] !== other[name]);
}
