/**
 * The objects of a disk store: written, read, dropped, bounded in bytes. Keeps files, index and log in step, so that a kill
 * at any point leaves what the log says, or less. While the disk fails nothing is written.
 */
import { type DiskIndex, type DiskObject, taken } from "../../../core/cache/disk/disk-index.ts";
import type { LogContent, LogRecord } from "../../../core/cache/disk/log-record.ts";
import { NamedMoments } from "../../../core/cache/invalidations.ts";
import type { Clock } from "../../../core/ports.ts";
import type { StoreDirectory } from "./directory.ts";
import { DiskHealth } from "./disk-health.ts";
import { codeOf, type Files } from "./files.ts";
import { IndexLog } from "./index-log.ts";
import { type FilePlace, type FoundObject, readObject } from "./object-file.ts";

/** After a full disk so much of the store goes, so that there is room for the next. */
const FULL_DISK_SHARE = 0.01;
/** A file that was handed out to be read stays for so long, although it is gone from the index. */
const READER_GRACE_MS = 10_000;
const HANDED_OUT_MAX = 4_096;
/** How much further a file of unknown length may grow before it asks again. */
const GROWTH_BYTES = 16_777_216;
const GROWTH_SHARE_MAX = 0.05;
/** Names that were made invalid; with more, the older half counts as one. */
const NAMES_MAX = 100_000;

/** An object that was read. */
export interface ReadObject {
  readonly object: DiskObject;
  readonly found: FoundObject;
}

/** Makes room for a file that turns out to be so long. Fails when there is none. */
export type RoomFor = (fileBytes: number) => Promise<void>;

/** What is to be written. */
export interface NewObject extends Omit<DiskObject, "file"> {
  /** Writes the file, of `fileBytes` or what `room` was asked for; says its length. Fails when it cannot, or when its source does. */
  write(place: FilePlace, room: RoomFor): Promise<number>;
}

/** What a file that is being written may take. */
class Reservation {
  bytes = 0;
}

/** The files of one store. */
export class DiskObjects {
  readonly index: DiskIndex;
  readonly counts = { writtenBytes: 0, readBytes: 0, hits: 0, damaged: 0, evicted: 0, refused: 0 };
  readonly health: DiskHealth;
  /** By the hashes of names. */
  readonly invalid = new NamedMoments<number>(NAMES_MAX);
  readonly #clock: Clock;
  readonly #directory: StoreDirectory;
  readonly #files: Files;
  readonly #log: IndexLog;
  /** When the files of long bodies were handed out last. */
  readonly #handedOut = new Map<number, number>();
  #nextFile = 1;
  /** What is being written, and what is gone but still read. */
  #reservedBytes = 0;

  constructor(index: DiskIndex, directory: StoreDirectory, files: Files, clock: Clock) {
    this.index = index;
    this.#directory = directory;
    this.#files = files;
    this.#clock = clock;
    this.#log = new IndexLog(files, directory.logPath, () => this.#records());
    this.health = new DiskHealth(clock, () => this.#probe());
  }

  /** Takes up what the log says. What is on the disk beside it is removed, in the background. */
  async restore({ live, invalid, damaged }: LogContent): Promise<void> {
    this.counts.damaged += damaged;
    for (const { nameHash, momentMs } of invalid) {
      if (nameHash === undefined) this.invalid.setAll(momentMs);
      else this.invalid.set(nameHash, momentMs);
    }
    // What cannot be read may have said that a name is invalid.
    if (damaged > 0) this.invalid.setAll(this.#clock.nowMs());
    const files = await this.#directory.listFiles();
    const there = new Set(files);
    for (const object of live.values()) {
      if (!there.has(object.file) || !this.index.fits(object.fileBytes)) continue;
      there.delete(object.file);
      for (const gone of this.index.makeRoom(object)) there.add(gone.file);
      this.index.add(object);
    }
    this.#nextFile = files.reduce((next, file) => Math.max(next, file + 1), 1);
    void this.#removeFiles([...there]);
  }

  /** Writes a file and takes it in. Undefined: it could not be. */
  async write(object: NewObject): Promise<DiskObject | undefined> {
    const { keyHash, fileBytes, idHash, site } = object;
    const file = this.#nextFile;
    this.#nextFile += 1;
    const reserved = new Reservation();
    // Its room is its own before the first wait: others make theirs meanwhile.
    const room = this.#reserve(reserved, { fileBytes, site });
    let written = { keyHash, file, fileBytes, idHash, site };
    try {
      await room;
      const more: RoomFor = async (moreBytes) => {
        if (moreBytes <= reserved.bytes) return;
        const growthBytes = Math.min(GROWTH_BYTES, this.index.maxBytes * GROWTH_SHARE_MAX);
        const isLast = !this.index.fits(moreBytes + growthBytes, this.#reservedBytes - reserved.bytes);
        await this.#reserve(reserved, { fileBytes: isLast ? moreBytes : moreBytes + growthBytes, site });
      };
      written = { ...written, fileBytes: await object.write(this.placeOf(file), more) };
      this.#release(reserved);
      this.index.add(written);
      await this.#log.append({ kind: "stored", ...written });
      this.counts.writtenBytes += written.fileBytes;
      return written;
    } catch (error) {
      this.#release(reserved);
      this.index.remove(written);
      await this.#files.remove(this.#directory.pathOf(file)).catch(() => {});
      await this.#writeFailed(error, object);
      return undefined;
    }
  }

  /** Those objects of a key hash that can be read and are about this key, newest first. Others are dropped. */
  async read(key: string, keyHash: number): Promise<readonly ReadObject[]> {
    const read: ReadObject[] = [];
    for (const object of this.index.objectsOf(keyHash)) {
      const onDamaged = (): void => void this.#damaged(object);
      const reading = await readObject(this.#files, this.placeOf(object.file), object.fileBytes, onDamaged);
      if (reading.kind === "damaged") await this.#damaged(object);
      else if (reading.kind === "absent") await this.drop(object);
      // Part of the variants would be taken for all of them.
      else if (reading.kind === "unreadable") return [];
      else if (reading.object.key === key) read.push({ object, found: reading.object });
    }
    return read;
  }

  /** Somebody may begin to read its file soon. */
  handOut({ file }: DiskObject): void {
    this.#handedOut.delete(file);
    this.#handedOut.set(file, this.#clock.nowMs());
    for (const [other] of this.#handedOut) {
      if (this.#handedOut.size <= HANDED_OUT_MAX) return;
      this.#handedOut.delete(other);
    }
  }

  async drop(object: DiskObject): Promise<void> {
    if (this.index.remove(object)) await this.#unlink(object);
  }

  /** What bears one of these names and was fetched before is invalid. */
  async invalidate(nameHashes: readonly number[], momentMs: number): Promise<void> {
    for (const nameHash of nameHashes) this.invalid.set(nameHash, momentMs);
    try {
      await this.#log.append(...nameHashes.map((nameHash) => ({ kind: "invalid", nameHash, momentMs }) as const));
    } catch (error) {
      this.health.failed(error);
    }
  }

  placeOf(file: number): FilePlace {
    return { path: this.#directory.pathOf(file), file };
  }

  async close(): Promise<void> {
    this.health.close();
    await this.#log.close();
    this.#directory.unlock();
  }

  /** The room that a file has from now on, in place of the one that it had. */
  async #reserve(reserved: Reservation, newcomer: Pick<DiskObject, "fileBytes" | "site">): Promise<void> {
    this.#release(reserved);
    // What is being written, and what readers still have, cannot go for it.
    if (!this.index.fits(newcomer.fileBytes, this.#reservedBytes)) {
      this.counts.refused += 1;
      throw new Error("the store has no room for the object");
    }
    const room = this.#makeRoom(newcomer);
    reserved.bytes = taken(newcomer.fileBytes);
    this.#reservedBytes += reserved.bytes;
    await room;
  }

  #release(reserved: Reservation): void {
    this.#reservedBytes -= reserved.bytes;
    reserved.bytes = 0;
  }

  async #makeRoom(newcomer: Pick<DiskObject, "fileBytes" | "site">): Promise<void> {
    for (const object of this.index.makeRoom(newcomer, this.#reservedBytes)) {
      this.counts.evicted += 1;
      if (!this.#leaveToReaders(object)) await this.#unlink(object);
    }
  }

  /** Whether its file goes later, since somebody may be about to open it. */
  #leaveToReaders(object: DiskObject): boolean {
    const handedOutMs = this.#handedOut.get(object.file);
    if (handedOutMs === undefined || this.#clock.nowMs() - handedOutMs > READER_GRACE_MS) return false;
    const bytes = taken(object.fileBytes);
    this.#reservedBytes += bytes;
    void this.#logGone(object);
    this.#clock.after(READER_GRACE_MS, () => {
      void this.#removeFile(object).then(() => {
        this.#reservedBytes -= bytes;
      });
    });
    return true;
  }

  async #damaged(object: DiskObject): Promise<void> {
    if (!this.index.isThere(object)) return;
    this.counts.damaged += 1;
    await this.drop(object);
  }

  /** Each by itself is enough: what has no file is gone, and a file that the log does not know goes at the next start. */
  async #unlink(object: DiskObject): Promise<void> {
    await Promise.all([this.#removeFile(object), this.#logGone(object)]);
  }

  async #removeFile({ file }: DiskObject): Promise<void> {
    try {
      await this.#files.remove(this.#directory.pathOf(file));
    } catch (error) {
      this.health.failed(error);
    }
  }

  async #logGone(object: DiskObject): Promise<void> {
    try {
      await this.#log.append({ kind: "gone", ...object });
    } catch (error) {
      this.health.failed(error);
    }
  }

  async #writeFailed(error: unknown, { fileBytes, site }: Pick<DiskObject, "fileBytes" | "site">): Promise<void> {
    // A body that breaks off on its way in is no fault of the disk.
    if (!(error instanceof Error && "syscall" in error)) return;
    this.health.failed(error);
    const code = codeOf(error);
    if (code !== "ENOSPC" && code !== "EDQUOT") return;
    const room = this.index.maxBytes - this.index.bytes;
    const toFree = Math.min(this.index.maxBytes, room + fileBytes + this.index.maxBytes * FULL_DISK_SHARE);
    await this.#makeRoom({ fileBytes: toFree, site });
  }

  async #removeFiles(files: readonly number[]): Promise<void> {
    for (const file of files) await this.#files.remove(this.#directory.pathOf(file)).catch(() => {});
  }

  async #probe(): Promise<void> {
    const path = this.#directory.pathOf(0);
    const descriptor = await this.#files.create(path);
    try {
      await this.#files.write(descriptor, [new Uint8Array(4096)], 0);
    } finally {
      await this.#files.close(descriptor).catch(() => {});
      await this.#files.remove(path);
    }
    await this.#log.mend();
  }

  *#records(): IterableIterator<LogRecord> {
    const { floorMs } = this.invalid;
    if (floorMs > 0) yield { kind: "invalid", nameHash: undefined, momentMs: floorMs };
    for (const [nameHash, momentMs] of this.invalid.entries()) yield { kind: "invalid", nameHash, momentMs };
    for (const object of this.index.all()) yield { kind: "stored", ...object };
  }
}
