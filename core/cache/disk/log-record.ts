/**
 * The records of a disk store's index log: all of one length, each with its own checksum, so that a record that a kill
 * has cut or a disk has changed is known for what it is, and those around it still count.
 */

/** What happened to an object. */
export interface LogRecord {
  readonly kind: "stored" | "gone";
  /** Of its key: a whole number below 2^53. */
  readonly keyHash: number;
  /** The number of its file; never used twice. */
  readonly file: number;
  /** The length of its file. */
  readonly fileBytes: number;
  /** Of the variant's id: a whole number below 2^32. */
  readonly idHash: number;
}

/** The length of a record. */
export const RECORD_BYTES = 36;

const STORED = 0x53;
const GONE = 0x47;
const CHECKED_FROM = 4;

/** A checksum of 32 bits. */
export type Checksum = (bytes: Uint8Array) => number;

/** Writes a record into `bytes` at `at`. */
export function writeRecord(bytes: Uint8Array, at: number, record: LogRecord, checksum: Checksum): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_BYTES);
  view.setUint32(4, record.kind === "stored" ? STORED : GONE);
  view.setFloat64(8, record.keyHash);
  view.setFloat64(16, record.file);
  view.setFloat64(24, record.fileBytes);
  view.setUint32(32, record.idHash);
  view.setUint32(0, checksum(bytes.subarray(at + CHECKED_FROM, at + RECORD_BYTES)));
}

/** The record at `at`; undefined when it is none, or not whole. */
export function readRecord(bytes: Uint8Array, at: number, checksum: Checksum): LogRecord | undefined {
  if (at + RECORD_BYTES > bytes.byteLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_BYTES);
  if (view.getUint32(0) !== checksum(bytes.subarray(at + CHECKED_FROM, at + RECORD_BYTES))) return undefined;
  const kind = view.getUint32(4);
  if (kind !== STORED && kind !== GONE) return undefined;
  const [keyHash, file, fileBytes] = [view.getFloat64(8), view.getFloat64(16), view.getFloat64(24)];
  const record = { keyHash, file, fileBytes, idHash: view.getUint32(32) };
  const isSane = [keyHash, file, fileBytes].every((number) => Number.isSafeInteger(number) && number >= 0);
  return isSane ? { kind: kind === STORED ? "stored" : "gone", ...record } : undefined;
}

/** What a log says in the end: the objects that are still there, in the order in which they came. */
export function replayRecords(
  bytes: Uint8Array,
  checksum: Checksum,
): { readonly live: ReadonlyMap<number, LogRecord>; readonly damaged: number } {
  const live = new Map<number, LogRecord>();
  let damaged = bytes.byteLength % RECORD_BYTES === 0 ? 0 : 1;
  for (let at = 0; at + RECORD_BYTES <= bytes.byteLength; at += RECORD_BYTES) {
    const record = readRecord(bytes, at, checksum);
    if (record === undefined) damaged += 1;
    else if (record.kind === "gone") live.delete(record.file);
    else live.set(record.file, record);
  }
  return { live, damaged };
}
