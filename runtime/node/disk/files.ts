/** The few things that a disk store asks of a file system, so that tests can make each of them fail. */
import { close, constants, fstat, open, read, writev } from "node:fs";
import { unlink } from "node:fs/promises";

/** An open file. */
export type Descriptor = number;

/** Each fails with the system's error, whose `code` says why. */
export interface Files {
  /** Opens what is there, for reading. */
  openToRead(file: string): Promise<Descriptor>;
  /** Makes or empties a file, for reading and writing. */
  create(file: string): Promise<Descriptor>;
  /** Opens what is there, for reading and writing. */
  openToChange(file: string): Promise<Descriptor>;
  /** Writes all of the parts from `position` on. */
  write(descriptor: Descriptor, parts: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads until `into` is full or the file ends; says how much. */
  read(descriptor: Descriptor, into: Uint8Array, position: number): Promise<number>;
  /** How long the file is. */
  length(descriptor: Descriptor): Promise<number>;
  close(descriptor: Descriptor): Promise<void>;
  /** Nothing happens when it is not there. */
  remove(file: string): Promise<void>;
}

/** Those of the system. */
export const systemFiles: Files = {
  openToRead: (file) => opened(file, constants.O_RDONLY | constants.O_NOFOLLOW),
  create: (file) => opened(file, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW),
  openToChange: (file) => opened(file, constants.O_RDWR | constants.O_NOFOLLOW),
  write: async (descriptor, parts, position) => {
    let rest = parts.filter((part) => part.byteLength > 0);
    let at = position;
    while (rest.length > 0) {
      const written = await writtenOnce(descriptor, rest, at);
      if (written === 0) throw Object.assign(new Error("nothing could be written"), { code: "EIO", syscall: "writev" });
      at += written;
      rest = without(rest, written);
    }
  },
  read: async (descriptor, into, position) => {
    let filled = 0;
    while (filled < into.byteLength) {
      const got = await readOnce(descriptor, into.subarray(filled), position + filled);
      if (got === 0) break;
      filled += got;
    }
    return filled;
  },
  length: (descriptor) =>
    new Promise((resolve, reject) => {
      fstat(descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
    }),
  close: (descriptor) =>
    new Promise((resolve, reject) => {
      close(descriptor, (error) => (error ? reject(error) : resolve()));
    }),
  remove: (file) => unlink(file).catch(unlessAbsent),
};

/** The code of a system's error, or its text. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}

function unlessAbsent(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

function opened(file: string, flags: number): Promise<Descriptor> {
  return new Promise((resolve, reject) => {
    open(file, flags, 0o600, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}

function writtenOnce(descriptor: Descriptor, parts: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, parts, position, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}

function readOnce(descriptor: Descriptor, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, 0, into.byteLength, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}

function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (left >= part.byteLength) left -= part.byteLength;
    else {
      rest.push(part.subarray(left));
      left = 0;
    }
  }
  return rest;
}
