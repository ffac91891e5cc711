/** Some of what a disk store holds, evenly from all over it, read without counting as a use. */
import type { StoredHead } from "../../../core/cache/disk/stored-text.ts";
import type { DiskStore } from "./disk-store.ts";
import { systemFiles } from "./files.ts";
import { readObject } from "./object-file.ts";

/** A key with one response and the length of its body. */
export interface DiskSample {
  readonly held: readonly (StoredHead & { readonly bytes: number })[];
  /** Objects that the store holds. */
  readonly entriesInAll: number;
}

/** Reads up to `countMax` objects. What is gone or damaged by then is left out. */
export async function sampleOfDisk(store: DiskStore, countMax: number): Promise<DiskSample> {
  const { objects } = store;
  const entriesInAll = objects.index.entries;
  const every = Math.max(1, Math.ceil(entriesInAll / countMax));
  const chosen = [...objects.index.all()].filter((_, index) => index % every === 0);
  const held: DiskSample["held"][number][] = [];
  for (const { file, fileBytes } of chosen) {
    const reading = await readObject(systemFiles, objects.placeOf(file), fileBytes, () => {});
    if (reading.kind !== "object") continue;
    const { key, response, body } = reading.object;
    held.push({ key, response, bytes: body.bytes });
  }
  return { held, entriesInAll };
}
