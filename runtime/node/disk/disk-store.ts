/** The disk tier behind the port of stores. Everything about one key happens in turn; reading never waits for other keys. */
import type { EvictionPolicy } from "../../../core/cache/admission/eviction.ts";
import { hashOf } from "../../../core/cache/admission/hash.ts";
import { DiskIndex, type DiskObject } from "../../../core/cache/disk/disk-index.ts";
import type { StoredHead } from "../../../core/cache/disk/stored-text.ts";
import type { NameKeeper } from "../../../core/cache/invalidations.ts";
import { sharesByNumber, siteNumberOfKey } from "../../../core/cache/site-number.ts";
import type { StoredResponse } from "../../../core/cache/stored.ts";
import type { ArrivingBody, Clock, KeptBody, Store } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import { openDirectory, type StoreDirectory } from "./directory.ts";
import { DiskObjects, type NewObject } from "./disk-objects.ts";
import { type Files, systemFiles } from "./files.ts";
import { readLog } from "./index-log.ts";
import { objectBytes, rewriteText, writeArriving, writeObject } from "./object-file.ts";
import { Turns } from "./turns.ts";

/** Bodies that wait to be written, in bytes: what comes on top stays in memory only. */
const WAITING_MAX_BYTES = 67_108_864;

/** What a body of unknown length is given at first. It gets more as it comes. */
const FIRST_ROOM_BYTES = 16_777_216;

/** What a disk store is opened with. */
export interface DiskStoreOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly variantsPerKeyMax: number;
  /** A longer body is not taken. */
  readonly objectMaxBytes: number;
  readonly policy?: EvictionPolicy;
  readonly files?: Files;
}

/** What a disk store has done and how it is. */
export interface DiskFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly writtenBytes: number;
  readonly readBytes: number;
  readonly hits: number;
  /** Objects, and records of the log, that were not what had been written; they are gone. */
  readonly damaged: number;
  readonly evicted: number;
  /** Not written: seen once only while the store is full, or too much was waiting or being written. */
  readonly refused: number;
  readonly failures: number;
  /** Why nothing is written now, as the system's code. */
  readonly failing: string | undefined;
}

/** Opens the store in a folder. Throws a `DirectoryProblem` when it cannot be had. */
export async function openDiskStore(options: DiskStoreOptions): Promise<DiskStore> {
  const directory = openDirectory(options.folder);
  try {
    const content = await readLog(directory.logPath);
    const store = new DiskStore(options, directory);
    await store.objects.restore(content);
    return store;
  } catch (error) {
    directory.unlock();
    throw error;
  }
}

/** A store of bodies in files. */
export class DiskStore implements Store<ByteBody> {
  /** The version of what was thrown away because we do not read it. */
  readonly rebuiltFrom: string | undefined;
  readonly objects: DiskObjects;
  readonly names: NameKeeper;
  readonly #options: DiskStoreOptions;
  readonly #files: Files;
  readonly #seed: number;
  readonly #turns = new Turns();
  /** Bodies that lie in a file, so that a 304 writes no body again. */
  readonly #fileOf = new WeakMap<KeptBody<ByteBody>, DiskObject>();
  #waitingBytes = 0;

  constructor(options: DiskStoreOptions, directory: StoreDirectory) {
    this.#options = options;
    this.#seed = directory.seed;
    this.rebuiltFrom = directory.rebuiltFrom;
    this.#files = options.files ?? systemFiles;
    const { maxBytes, policy = "adaptive", clock } = options;
    const index = new DiskIndex({ maxBytes, policy, seed: directory.seed });
    const objects = new DiskObjects(index, directory, this.#files, clock);
    this.objects = objects;
    this.names = {
      lastOfName: (name) => objects.invalid.last(this.#hashOf(name)),
      get hasNames() {
        return objects.invalid.size > 0 || objects.invalid.floorMs > 0;
      },
      add: (names, momentMs) =>
        objects.invalidate(
          names.map((name) => this.#hashOf(name)),
          momentMs,
        ),
    };
  }

  find(key: string): Promise<readonly StoredResponse<ByteBody>[]> {
    const keyHash = this.#hashOf(key);
    return this.#turns.take(keyHash, () => this.#find(key, keyHash));
  }

  /** Whether there may be something under a key: to ask costs next to nothing. */
  mayHave(key: string): boolean {
    return this.objects.index.has(this.#hashOf(key));
  }

  /** Whether this very body lies on the disk; if so, it stays there for long enough to be opened. */
  holds(body: KeptBody<ByteBody>): boolean {
    const object = this.#fileOf.get(body);
    if (object === undefined || !this.objects.index.isThere(object)) return false;
    if (body.memoryBytes !== undefined) this.objects.handOut(object);
    return true;
  }

  put(key: string, response: StoredResponse<ByteBody>): Promise<void> {
    const keyHash = this.#hashOf(key);
    const { body, ...rest } = response;
    const opened = body.memoryBytes === undefined ? body.open() : undefined;
    if (opened !== undefined && !(opened instanceof Uint8Array)) return Promise.resolve();
    const bytes = opened?.byteLength ?? 0;
    if (!this.#mayWait(bytes)) return this.remove(key, response.id);
    this.#waitingBytes += bytes;
    return this.#turns
      .take(keyHash, () => this.#put(keyHash, { key, response: rest }, body, opened))
      .finally(() => {
        this.#waitingBytes -= bytes;
      });
  }

  putArriving(
    key: string,
    response: Omit<StoredResponse<ByteBody>, "body">,
    { bytes, open }: ArrivingBody<ByteBody>,
  ): Promise<void> | undefined {
    const keyHash = this.#hashOf(key);
    const stored = { key, response };
    const fileBytes = objectBytes(stored, bytes ?? Math.min(FIRST_ROOM_BYTES, this.#options.maxBytes / 2));
    const { objectMaxBytes } = this.#options;
    if (this.objects.health.failing !== undefined || (bytes ?? 0) > objectMaxBytes) return undefined;
    const site = siteNumberOfKey(key);
    if (!this.#isAdmitted({ keyHash, fileBytes, site })) return undefined;
    const body = open();
    if (body === undefined) return undefined;
    const idHash = this.#idHash(response.id);
    const source = { body, bytes, maxBytes: objectMaxBytes };
    const write: NewObject["write"] = (place, room) => writeArriving(this.#files, place, stored, source, room);
    return this.#replace({ keyHash, fileBytes, idHash, site, write }).then(() => {});
  }

  used(key: string, id: string): void {
    this.objects.index.useVariant(this.#hashOf(key), this.#idHash(id));
  }

  remove(key: string, id?: string): Promise<void> {
    const keyHash = this.#hashOf(key);
    return this.#turns.take(keyHash, () => this.#remove(keyHash, id));
  }

  share(percents: ReadonlyMap<string, number>): void {
    this.objects.index.share(sharesByNumber(percents));
  }

  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number } {
    const { entries, bytes, maxBytes } = this.objects.index;
    return { entries, bytes, maxBytes };
  }

  figures(): DiskFigures {
    const { failures, failing } = this.objects.health;
    return { ...this.usage(), ...this.objects.counts, failures, failing };
  }

  /** Settles when all that was begun is done, and another process may have the folder. */
  async close(): Promise<void> {
    await this.#turns.idle();
    await this.objects.close();
  }

  async #find(key: string, keyHash: number): Promise<readonly StoredResponse<ByteBody>[]> {
    const read = await this.objects.read(key, keyHash);
    if (read.length === 0) return [];
    const { counts, index } = this.objects;
    index.use(keyHash);
    counts.hits += 1;
    return read.map(({ object, found: { body, response } }) => {
      this.#fileOf.set(body, object);
      if (body.memoryBytes === undefined) counts.readBytes += body.bytes;
      else this.objects.handOut(object);
      return { ...response, body };
    });
  }

  async #put(
    keyHash: number,
    stored: StoredHead,
    body: KeptBody<ByteBody>,
    bytes: Uint8Array | undefined,
  ): Promise<void> {
    const { index, health } = this.objects;
    const { id } = stored.response;
    const object = this.#fileOf.get(body);
    const isItsOwn = object?.keyHash === keyHash && object.idHash === this.#idHash(id);
    if (isItsOwn && index.isThere(object) && (await this.#rewritten(object, stored))) return;
    const fileBytes = bytes === undefined ? Number.POSITIVE_INFINITY : objectBytes(stored, bytes.byteLength);
    const mayStay = health.failing === undefined && index.fits(fileBytes);
    if (bytes === undefined || !mayStay) return await this.#remove(keyHash, id);
    const site = siteNumberOfKey(stored.key);
    if (!index.has(keyHash) && !this.#isAdmitted({ keyHash, fileBytes, site })) return;
    const write: NewObject["write"] = (place) => writeObject(this.#files, place, stored, bytes);
    const written = await this.#replace({ keyHash, fileBytes, idHash: this.#idHash(id), site, write });
    if (written !== undefined) this.#fileOf.set(body, written);
  }

  async #rewritten(object: DiskObject, stored: StoredHead): Promise<boolean> {
    try {
      return await rewriteText(this.#files, this.objects.placeOf(object.file), stored);
    } catch (error) {
      this.objects.health.failed(error);
      return false;
    }
  }

  /** The variant that it replaces goes in any case: it must not answer in place of one that could not be written. */
  async #replace(object: NewObject): Promise<DiskObject | undefined> {
    const { index } = this.objects;
    const { keyHash, idHash } = object;
    const written = await this.objects.write(object);
    for (const other of index.objectsOf(keyHash)) {
      if (other.idHash === idHash && other.file !== written?.file) await this.objects.drop(other);
    }
    while (index.objectsOf(keyHash).length > this.#options.variantsPerKeyMax) {
      const unused = index.leastUsedOf(keyHash);
      if (unused === undefined) break;
      await this.objects.drop(unused);
    }
    return written;
  }

  async #remove(keyHash: number, id: string | undefined): Promise<void> {
    const idHash = id === undefined ? undefined : this.#idHash(id);
    for (const object of this.objects.index.objectsOf(keyHash)) {
      if (idHash === undefined || object.idHash === idHash) await this.objects.drop(object);
    }
  }

  #isAdmitted(object: Pick<DiskObject, "keyHash" | "fileBytes" | "site">): boolean {
    if (this.objects.index.admits(object)) return true;
    this.objects.counts.refused += 1;
    return false;
  }

  #mayWait(bytes: number): boolean {
    if (bytes > this.#options.objectMaxBytes || this.objects.health.failing !== undefined) return false;
    if (this.#waitingBytes + bytes <= WAITING_MAX_BYTES) return true;
    this.objects.counts.refused += 1;
    return false;
  }

  #hashOf(key: string): number {
    return hashOf(key, this.#seed) * 0x20_0000 + (hashOf(key, this.#seed ^ 0x5bd1_e995) >>> 11);
  }

  #idHash(id: string): number {
    return hashOf(id, this.#seed);
  }
}
