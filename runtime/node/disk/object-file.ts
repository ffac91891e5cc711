/** One object in its file: written whole or piece by piece, read back only as far as its checksums are right. */
import { crc32 } from "node:zlib";
import {
  blocksAreWhole,
  bodyAt,
  FILE_HEAD_BYTES,
  type FileHead,
  fileBytesOf,
  readFileHead,
  roomFor,
  TableBuilder,
  tableAt,
  tableOf,
  writeFileHead,
} from "../../../core/cache/disk/object-layout.ts";
import { readStoredText, type StoredHead, storedText } from "../../../core/cache/disk/stored-text.ts";
import type { KeptBody } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import { FileBody } from "./file-body.ts";
import { codeOf, type Files } from "./files.ts";

/** An object up to this length is read, and checked, as a whole before anything of it is served. */
export const READ_WHOLE_BYTES = 1_048_576;
/** What is read of a longer one at first: its head and its text fit, as a rule. */
const FIRST_READ_BYTES = 4_096;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Where an object lies. */
export interface FilePlace {
  readonly path: string;
  readonly file: number;
}

/** An object as it was found. */
export interface FoundObject extends StoredHead {
  readonly body: KeptBody<ByteBody>;
  readonly head: FileHead;
}

/** The object, or why it cannot be had. */
export type ObjectReading =
  | { readonly kind: "object"; readonly object: FoundObject }
  | { readonly kind: "absent" }
  /** It may be well: what could not be had is a descriptor. */
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "damaged"; readonly reason: string };

/** How long the file of an object will be. */
export function objectBytes(stored: StoredHead, bodyBytes: number): number {
  return fileBytesOf({ textRoomBytes: roomFor(ENCODER.encode(storedText(stored)).byteLength), bodyBytes });
}

/** Writes an object whose body is at hand. Its file is closed, and as long as is said. */
export async function writeObject(
  files: Files,
  place: FilePlace,
  stored: StoredHead,
  body: Uint8Array,
): Promise<number> {
  const text = ENCODER.encode(storedText(stored));
  const table = tableOf(body, crc32);
  const head = headOf(place, text, roomFor(text.byteLength), { bodyBytes: body.byteLength, table });
  await inNewFile(files, place, async (descriptor) => {
    const padding = new Uint8Array(head.textRoomBytes - text.byteLength);
    await files.write(descriptor, [writeFileHead(head, crc32), text, padding, body, table], 0);
  });
  return fileBytesOf(head);
}

/** A body that comes piece by piece. */
export interface ArrivingSource {
  readonly body: ByteBody;
  /** Undefined: its end will tell. */
  readonly bytes: number | undefined;
  /** It may not be longer. */
  readonly maxBytes: number;
}

/**
 * Writes an object whose body comes piece by piece. Fails when it is too long or not as long as was said, or when its source
 * does. `room` is asked for as much as the file is going to take, as far as that is known.
 */
export async function writeArriving(
  files: Files,
  place: FilePlace,
  stored: StoredHead,
  source: ArrivingSource,
  room: (fileBytes: number) => Promise<void>,
): Promise<number> {
  const text = ENCODER.encode(storedText(stored));
  const textRoomBytes = roomFor(text.byteLength);
  const builder = new TableBuilder(crc32);
  const maxBytes = source.bytes ?? source.maxBytes;
  let arrived = 0;
  await inNewFile(files, place, async (descriptor) => {
    for await (const piece of source.body instanceof Uint8Array ? [source.body] : source.body) {
      if (arrived + piece.byteLength > maxBytes) throw new Error("the body is longer than was said, or than it may be");
      await room(fileBytesOf({ textRoomBytes, bodyBytes: arrived + piece.byteLength }));
      builder.add(piece);
      await files.write(descriptor, [piece], FILE_HEAD_BYTES + textRoomBytes + arrived);
      arrived += piece.byteLength;
    }
    if (source.bytes !== undefined && arrived < source.bytes) throw new Error("the body is shorter than was said");
    const table = builder.end();
    const head = headOf(place, text, textRoomBytes, { bodyBytes: arrived, table });
    await files.write(descriptor, [table], tableAt(head));
    // The head comes last: a file without it is none.
    await files.write(descriptor, [writeFileHead(head, crc32), text], 0);
  });
  return fileBytesOf({ textRoomBytes, bodyBytes: arrived });
}

function headOf(
  { file }: FilePlace,
  text: Uint8Array,
  textRoomBytes: number,
  { bodyBytes, table }: { readonly bodyBytes: number; readonly table: Uint8Array },
): FileHead {
  const [textChecksum, tableChecksum] = [crc32(text), crc32(table)];
  return { file, textBytes: text.byteLength, textRoomBytes, textChecksum, bodyBytes, tableChecksum };
}

/** Nothing is left of the file when its writing fails. */
async function inNewFile(
  files: Files,
  { path }: FilePlace,
  write: (descriptor: number) => Promise<void>,
): Promise<void> {
  const descriptor = await files.create(path);
  try {
    await write(descriptor);
  } catch (error) {
    await files.close(descriptor).catch(() => {});
    await files.remove(path).catch(() => {});
    throw error;
  }
  await files.close(descriptor);
}

/** Puts another text in the room of the old one, in one write. False: it does not fit. */
export async function rewriteText(files: Files, place: FilePlace, stored: StoredHead): Promise<boolean> {
  const text = ENCODER.encode(storedText(stored));
  const descriptor = await files.openToChange(place.path);
  try {
    const first = new Uint8Array(FILE_HEAD_BYTES);
    await files.read(descriptor, first, 0);
    const head = readFileHead(first, crc32);
    if (head === undefined || head.file !== place.file || text.byteLength > head.textRoomBytes) return false;
    const changed = { ...head, textBytes: text.byteLength, textChecksum: crc32(text) };
    await files.write(descriptor, [writeFileHead(changed, crc32), text], 0);
    return true;
  } finally {
    await files.close(descriptor).catch(() => {});
  }
}

/** Reads an object: all of a short one, of a long one what is before its body. */
export async function readObject(
  files: Files,
  place: FilePlace,
  fileBytes: number,
  onDamaged: (reason: string) => void,
): Promise<ObjectReading> {
  const descriptor = await files.openToRead(place.path).catch(codeOf);
  if (typeof descriptor === "string") {
    return descriptor === "ENOENT" ? { kind: "absent" } : { kind: "unreadable", reason: descriptor };
  }
  try {
    const length = await files.length(descriptor);
    const first = new Uint8Array(Math.min(length, fileBytes <= READ_WHOLE_BYTES ? length : FIRST_READ_BYTES));
    await files.read(descriptor, first, 0);
    const head = readFileHead(first, crc32);
    if (head === undefined || head.file !== place.file) return { kind: "damaged", reason: "head" };
    if (length !== fileBytesOf(head)) return { kind: "damaged", reason: "length" };
    const before = first.byteLength < bodyAt(head) ? new Uint8Array(bodyAt(head)) : first;
    if (before !== first) await files.read(descriptor, before, 0);
    const text = before.subarray(FILE_HEAD_BYTES, FILE_HEAD_BYTES + head.textBytes);
    const stored = crc32(text) === head.textChecksum ? readStoredText(DECODER.decode(text)) : undefined;
    if (stored === undefined) return { kind: "damaged", reason: "text" };
    const body =
      first.byteLength === length ? wholeBody(first, head) : new FileBody(files, place.path, head, onDamaged);
    return body === undefined
      ? { kind: "damaged", reason: "body" }
      : { kind: "object", object: { ...stored, body, head } };
  } catch (error) {
    return { kind: "damaged", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    void files.close(descriptor).catch(() => {});
  }
}

function wholeBody(file: Uint8Array, head: FileHead): KeptBody<ByteBody> | undefined {
  const body = file.subarray(bodyAt(head), tableAt(head));
  const table = file.subarray(tableAt(head));
  if (crc32(table) !== head.tableChecksum || !blocksAreWhole(body, 0, table, crc32)) return undefined;
  return {
    bytes: body.byteLength,
    open: (span) => (span === undefined ? body : body.subarray(span.first, span.last + 1)),
  };
}
