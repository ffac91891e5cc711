/** The file that hands the config to the other processes: in a directory of its own, readable by this user only. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where it lies, and how to remove it. */
export interface ConfigPlace {
  readonly file: string;
  /** The folder that holds it, for what else the programs keep. */
  readonly folder: string;
  remove(): void;
}

/** Writes the config. */
export function placeConfig(config: unknown): ConfigPlace {
  const directory = mkdtempSync(join(tmpdir(), "antipode-dev-"));
  const file = join(directory, "antipode.config.json");
  writeFileSync(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  return { file, folder: directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
