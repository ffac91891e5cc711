/** Traces of requests to a cache: read from a file or from standard input, with every mistake by its line. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

/** `keys`: a key a line. `sized`: a key and a size in bytes a line. `int32`, `int64`: big-endian numbers without lines. */
export const TRACE_FORMATS = ["keys", "sized", "int32", "int64"] as const;

/** One of them. */
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** Mistakes that are told one by one; the others are only counted. */
const MISTAKES_SHOWN = 20;
const START_REQUESTS = 65_536;

/** Requests in order. Keys are numbered in the order of their first request. */
export interface Trace {
  /** The text of each key. */
  readonly keys: readonly string[];
  readonly requests: number;
  /** The number of the key of each request. */
  keyOf(request: number): number;
  /** How large the object of each request is: bytes, or 1 where the trace has no sizes. */
  sizeOf(request: number): number;
  /** The sum of the sizes of all keys, each by its last request. */
  readonly footprint: number;
}

/** What reading gave: a trace without a mistake, or all mistakes. */
export type TraceReading =
  | { readonly kind: "trace"; readonly trace: Trace }
  | { readonly kind: "mistakes"; readonly mistakes: readonly string[] };

/** Reads a trace; `-` is standard input, and a name that ends in `.gz` is unpacked. Fails when it cannot be read. */
export async function readTrace(file: string, format: TraceFormat): Promise<TraceReading> {
  const bytes = file === "-" ? process.stdin : createReadStream(file);
  const source: Readable = file.endsWith(".gz") ? pipeline(bytes, createGunzip(), () => {}) : bytes;
  const builder = new TraceBuilder();
  if (format === "int32" || format === "int64") await readNumbers(source, format === "int32" ? 4 : 8, builder);
  else await readLines(source, format, builder);
  return builder.reading();
}

async function readLines(source: Readable, format: "keys" | "sized", builder: TraceBuilder): Promise<void> {
  // A source that fails between two lines fails the whole: readline alone would end quietly.
  const failed = new Promise<never>((_, reject) => source.once("error", reject));
  const lines = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
  const reading = (async () => {
    let number = 0;
    for await (const line of lines) {
      number += 1;
      addLine(line.trim(), number, format, builder);
    }
  })();
  await Promise.race([reading, failed]);
}

function addLine(line: string, number: number, format: "keys" | "sized", builder: TraceBuilder): void {
  const problem = line === "" ? "is empty; a line is one request" : addRequest(line, format, builder);
  if (problem !== undefined) builder.mistake(`line ${number}: ${problem}`);
}

/** What is wrong with the line, if something is. */
function addRequest(line: string, format: "keys" | "sized", builder: TraceBuilder): string | undefined {
  const [, key, size] = format === "keys" ? [line, line, "1"] : (/^(.*\S)\s+(\S+)$/.exec(line) ?? []);
  if (key === undefined || size === undefined) return `"${shown(line)}" has no size; write: key size`;
  if (!/^\d{1,15}$/.test(size)) {
    return `"${shown(size)}" is not a size in bytes; write a whole number such as 1024`;
  }
  builder.add(key, Number(size));
  return undefined;
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

async function readNumbers(source: Readable, width: 4 | 8, builder: TraceBuilder): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk)]);
    const whole = bytes.length - (bytes.length % width);
    for (let at = 0; at < whole; at += width) {
      builder.add(String(width === 4 ? bytes.readInt32BE(at) : bytes.readBigInt64BE(at)), 1);
    }
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) builder.mistake(`the file ends within a number: ${rest.length} bytes are left of ${width}`);
}

class TraceBuilder {
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #lastSizes: number[] = [];
  readonly #mistakes: string[] = [];
  #mistakeCount = 0;
  #requests = 0;
  #keyOf = new Uint32Array(START_REQUESTS);
  #sizeOf = new Float64Array(START_REQUESTS);

  add(key: string, size: number): void {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#keys.length;
      this.#numbers.set(key, number);
      this.#keys.push(key);
    }
    if (this.#requests === this.#keyOf.length) this.#grow();
    this.#keyOf[this.#requests] = number;
    this.#sizeOf[this.#requests] = size;
    this.#lastSizes[number] = size;
    this.#requests += 1;
  }

  mistake(text: string): void {
    this.#mistakeCount += 1;
    if (this.#mistakes.length < MISTAKES_SHOWN) this.#mistakes.push(text);
  }

  reading(): TraceReading {
    if (this.#requests === 0 && this.#mistakeCount === 0) this.mistake("it holds no request");
    const more = this.#mistakeCount - this.#mistakes.length;
    if (this.#mistakeCount > 0) {
      return { kind: "mistakes", mistakes: more > 0 ? [...this.#mistakes, `and ${more} more`] : this.#mistakes };
    }
    const [keyOf, sizeOf] = [this.#keyOf, this.#sizeOf];
    const trace = {
      keys: this.#keys,
      requests: this.#requests,
      keyOf: (request: number) => keyOf[request] ?? 0,
      sizeOf: (request: number) => sizeOf[request] ?? 0,
      footprint: this.#lastSizes.reduce((sum, size) => sum + size, 0),
    };
    return { kind: "trace", trace };
  }

  #grow(): void {
    const [keyOf, sizeOf] = [this.#keyOf, this.#sizeOf];
    this.#keyOf = new Uint32Array(keyOf.length * 2);
    this.#sizeOf = new Float64Array(sizeOf.length * 2);
    this.#keyOf.set(keyOf);
    this.#sizeOf.set(sizeOf);
  }
}
