/** Checks a disk store that nobody uses: every object of its log, read to the end of its body. Changes nothing. */
import { lookAtDirectory } from "./directory.ts";
import { systemFiles } from "./files.ts";
import { readLog } from "./index-log.ts";
import { readObject } from "./object-file.ts";

/** What a check found. */
export interface Verified {
  readonly objects: number;
  readonly bodyBytes: number;
  /** The numbers of files that are not what was written, with what is wrong. */
  readonly damaged: readonly { readonly file: number; readonly reason: string }[];
  /** In the log, but without a file. */
  readonly absent: number;
  /** Files that the log does not know: what a kill has left. */
  readonly unknown: number;
  /** Records of the log that are cut or changed. */
  readonly damagedRecords: number;
}

/** Undefined: the folder is no store of this version. Fails when it cannot be read. */
export async function verifyStore(folder: string): Promise<Verified | undefined> {
  const directory = lookAtDirectory(folder);
  if (directory === undefined) return undefined;
  const { live, damaged: damagedRecords } = await readLog(directory.logPath);
  const damaged: { file: number; reason: string }[] = [];
  let [objects, bodyBytes, absent] = [0, 0, 0];
  for (const { file, fileBytes } of live.values()) {
    let reason: string | undefined;
    const place = { path: directory.pathOf(file), file };
    const reading = await readObject(systemFiles, place, fileBytes, (found) => {
      reason = found;
    });
    if (reading.kind === "absent") absent += 1;
    if (reading.kind === "damaged" || reading.kind === "unreadable") damaged.push({ file, reason: reading.reason });
    if (reading.kind !== "object") continue;
    objects += 1;
    const { body } = reading.object;
    const opened = body.open();
    if (!(opened instanceof Uint8Array)) await readOut(opened);
    if (reason !== undefined) damaged.push({ file, reason });
    else bodyBytes += body.bytes;
  }
  const unknown = (await directory.listFiles()).filter((file) => !live.has(file)).length;
  return { objects, bodyBytes, damaged, absent, unknown, damagedRecords };
}

async function readOut(body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of body);
  } catch {
    // What is wrong has been said.
  }
}
