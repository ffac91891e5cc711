/** Settings that nothing reads: an operator who sets one would wonder why nothing changes. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

/** Those that wait for the feature they belong to. */
export const WAITING: Readonly<Record<string, readonly string[]>> = {
  "the store": [...["storedHeaderMaxBytes", "heuristicPercent", "heuristicMaxSeconds"]],
};

/** The names that no source file outside the table mentions. */
export function unreadSettings(root: string, names: readonly string[]): string[] {
  const files = globSync("{cli,control,core,edge,fleet,origin,router,runtime}/**/*.ts", { cwd: root });
  const readers = files.filter((file) => !/\.test\.ts$|^core[/\\]config[/\\]settings/.test(file));
  const words = new Set(readers.flatMap((file) => readFileSync(path.join(root, file), "utf8").match(/\w+/g) ?? []));
  return names.filter((name) => !words.has(name));
}
