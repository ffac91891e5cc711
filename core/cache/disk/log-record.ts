/**
 * The records of a disk store's index log: all of one length, each with its own checksum, so that a record that a kill
 * has cut or a disk has changed is known for what it is, and those around it still count.
 */

/** One entry of the log. */
export type LogRecord = ObjectRecord | NameRecord;

/** A name was made invalid: what bears it and was fetched before is not used. */
export interface NameRecord {
  readonly kind: "invalid";
  /** A whole number below 2^53; undefined: all names. */
  readonly nameHash: number | undefined;
  /** Written to the next whole millisecond. */
  readonly momentMs: number;
}

/** What happened to an object. */
export interface ObjectRecord {
  readonly kind: "stored" | "gone";
  /** Of its key: a whole number below 2^53. */
  readonly keyHash: number;
  /** The number of its file; never used twice. */
  readonly file: number;
  /** The length of its file. */
  readonly fileBytes: number;
  /** Of the variant's id: a whole number below 2^32. */
  readonly idHash: number;
  /** The number of its site, of 24 bits; 0: unknown. */
  readonly site: number;
}

/** The length of a record. */
export const RECORD_BYTES = 36;

const STORED = 0x53;
const GONE = 0x47;
const INVALID = 0x4e;
const ALL_INVALID = 0x41;
const CHECKED_FROM = 4;
/** The lower bits of the word that says the kind; above it lies the number of the site. */
const KIND_MASK = 0xff;
const SITE_SHIFT = 8;

/** A checksum of 32 bits. */
export type Checksum = (bytes: Uint8Array) => number;

/** Writes a record into `bytes` at `at`. */
export function writeRecord(bytes: Uint8Array, at: number, record: LogRecord, checksum: Checksum): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_BYTES);
  if (record.kind === "invalid") {
    view.setUint32(4, record.nameHash === undefined ? ALL_INVALID : INVALID);
    view.setFloat64(8, record.nameHash ?? 0);
    view.setFloat64(16, Math.ceil(record.momentMs));
  } else {
    view.setUint32(4, ((record.site << SITE_SHIFT) | (record.kind === "stored" ? STORED : GONE)) >>> 0);
    view.setFloat64(8, record.keyHash);
    view.setFloat64(16, record.file);
    view.setFloat64(24, record.fileBytes);
    view.setUint32(32, record.idHash);
  }
  view.setUint32(0, checksum(bytes.subarray(at + CHECKED_FROM, at + RECORD_BYTES)));
}

/** The record at `at`; undefined when it is none, or not whole. */
export function readRecord(bytes: Uint8Array, at: number, checksum: Checksum): LogRecord | undefined {
  if (at + RECORD_BYTES > bytes.byteLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_BYTES);
  if (view.getUint32(0) !== checksum(bytes.subarray(at + CHECKED_FROM, at + RECORD_BYTES))) return undefined;
  const [kind, site] = [view.getUint32(4) & KIND_MASK, view.getUint32(4) >>> SITE_SHIFT];
  const [keyHash, file, fileBytes] = [view.getFloat64(8), view.getFloat64(16), view.getFloat64(24)];
  if (![keyHash, file, fileBytes].every((number) => Number.isSafeInteger(number) && number >= 0)) return undefined;
  switch (kind) {
    case STORED:
    case GONE:
      return { kind: kind === STORED ? "stored" : "gone", keyHash, file, fileBytes, idHash: view.getUint32(32), site };
    case INVALID:
    case ALL_INVALID:
      return { kind: "invalid", nameHash: kind === INVALID ? keyHash : undefined, momentMs: file };
    default:
      return undefined;
  }
}

/** What a log says in the end. */
export interface LogContent {
  /** The objects that are still there by file, in the order in which they came. */
  readonly live: ReadonlyMap<number, ObjectRecord>;
  /** In their order. */
  readonly invalid: readonly NameRecord[];
  /** Records that cannot be read. What they said is not known: they may have been of names. */
  readonly damaged: number;
}

/** Goes through a log from its beginning to its end. */
export function replayRecords(bytes: Uint8Array, checksum: Checksum): LogContent {
  const live = new Map<number, ObjectRecord>();
  const invalid: NameRecord[] = [];
  let damaged = bytes.byteLength % RECORD_BYTES === 0 ? 0 : 1;
  for (let at = 0; at + RECORD_BYTES <= bytes.byteLength; at += RECORD_BYTES) {
    const record = readRecord(bytes, at, checksum);
    if (record === undefined) damaged += 1;
    else if (record.kind === "invalid") invalid.push(record);
    else if (record.kind === "gone") live.delete(record.file);
    else live.set(record.file, record);
  }
  return { live, invalid, damaged };
}
