/** All tidy rules over all files. */
import { bannedOffences } from "./banned.ts";
import { layeringOffences } from "./layering.ts";
import { textOffences, typeOffences } from "./leftovers.ts";
import { runtimeOffences } from "./runtimes.ts";
import { shapeOffences } from "./shape.ts";
import { type Offence, parseFiles, type TextFile } from "./source.ts";

/** Every breach of every rule, in the order of the files. */
export function findOffences(files: readonly TextFile[]): Offence[] {
  const parsed = new Map(parseFiles(files).map((file) => [file.path, file]));
  return files.flatMap((file) => {
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
}

/** An offence as one line that an editor can follow. */
export function formatOffence(offence: Offence): string {
  return `${offence.path}:${offence.line} ${offence.rule}: ${offence.message}`;
}
