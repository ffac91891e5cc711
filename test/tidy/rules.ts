/** All tidy rules over all files. */
import { bannedOffences } from "./banned.ts";
import { layeringOffences } from "./layering.ts";
import { textOffences, typeOffences } from "./leftovers.ts";
import { type Exists, linkOffences } from "./links.ts";
import { runtimeOffences } from "./runtimes.ts";
import { shapeOffences } from "./shape.ts";
import { type Offence, parseFiles, type TextFile } from "./source.ts";

/** Every breach of every rule, in the order of the files; those of links at the end. */
export function findOffences(files: readonly TextFile[], exists: Exists): Offence[] {
  const parsed = new Map(parseFiles(files).map((file) => [file.path, file]));
  const inFiles = files.flatMap((file) => {
    const source = parsed.get(file.path);
    const inText = textOffences(file);
    if (source === undefined) return inText;
    return [
      ...inText,
      ...layeringOffences(source),
      ...bannedOffences(source),
      ...runtimeOffences(source),
      ...shapeOffences(source),
      ...typeOffences(source),
    ];
  });
  return [...inFiles, ...linkOffences(files, exists)];
}

/** An offence as one line that an editor can follow. */
export function formatOffence(offence: Offence): string {
  return `${offence.path}:${offence.line} ${offence.rule}: ${offence.message}`;
}
