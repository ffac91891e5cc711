/** The framing of request bodies: by length, or chunked at its strictest (RFC 9112 §6, §7.1). */
import { TOKEN } from "../../../core/http/guard-fields.ts";
import type { RefusalReason } from "../../../core/http/refusals.ts";

/** Takes bytes of the connection as long as they belong to the body. */
export interface BodyDecoder {
  /** Reads from `at`; gives content to `sink`; returns where it stopped, or what is wrong. */
  feed(chunk: Buffer, at: number, sink: (content: Buffer) => void): number | RefusalReason;
  /** The whole body, trailers too, has been read. */
  readonly done: boolean;
}

/** A body whose length the head said. */
export class CountedBody implements BodyDecoder {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  feed(chunk: Buffer, at: number, sink: (content: Buffer) => void): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (end > at) sink(chunk.subarray(at, end));
    return end;
  }
}

/** 13 digits are below 2^53; a longer number is an attack on somebody's integer (FAULTS F14). */
const CHUNK_SIZE = /^[0-9A-Fa-f]{1,13}$/;
const EXTENSION =
  /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)+$/;
const TRAILER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LINE_MAX_BYTES = 1_024;
const EXTENSIONS_MAX_BYTES = 4_096;
const TRAILERS_MAX_BYTES = 8_192;
const LF = 10;
const CR = 13;

/** A chunked body. Extensions are ignored and trailers dropped, both within bounds and only when well-formed. */
export class ChunkedBody implements BodyDecoder {
  readonly #maxBytes: number;
  #state: "size" | "data" | "data-end" | "trailer" | "done" = "size";
  #line = "";
  #left = 0;
  #bytes = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  feed(chunk: Buffer, start: number, sink: (content: Buffer) => void): number | RefusalReason {
    let at = start;
    while (at < chunk.length && this.#state !== "done") {
      if (this.#state === "data") {
        const end = Math.min(chunk.length, at + this.#left);
        sink(chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = "data-end";
        continue;
      }
      const next = this.#readLine(chunk, at);
      if (typeof next === "string") return next;
      at = next;
    }
    return at;
  }

  /** Takes up to the end of a line; acts on it when it is whole. */
  #readLine(chunk: Buffer, at: number): number | RefusalReason {
    const lineFeed = chunk.indexOf(LF, at);
    const end = lineFeed === -1 ? chunk.length : lineFeed + 1;
    const limit = this.#state === "trailer" ? TRAILERS_MAX_BYTES : this.#state === "size" ? LINE_MAX_BYTES : 2;
    if (this.#line.length + end - at > limit) return this.#tooLong(chunk, at);
    this.#line += chunk.toString("latin1", at, end);
    const { length } = this.#line;
    if (lineFeed === -1) return this.#early() ?? end;
    if (this.#line.charCodeAt(length - 2) !== CR) return this.#state === "data-end" ? "chunk-end" : "line-end";
    const line = this.#line.slice(0, -2);
    this.#line = "";
    return this.#takeLine(line) ?? end;
  }

  #tooLong(chunk: Buffer, at: number): RefusalReason {
    if (this.#state === "trailer") return "trailer";
    if (this.#state === "data-end") return "chunk-end";
    const begin = this.#line + chunk.toString("latin1", at, at + LINE_MAX_BYTES);
    return /^[0-9A-Fa-f]{1,13};/.test(begin) ? "chunk-extension" : "chunk-size";
  }

  /** What is wrong already, though the line is not whole: nobody waits for a line that cannot become right. */
  #early(): RefusalReason | undefined {
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    if (line.includes("\r")) return "line-end";
    if (this.#state === "data-end") return line === "" ? undefined : "chunk-end";
    if (this.#state === "trailer") return undefined;
    return line === "" || CHUNK_SIZE.test(line.split(";", 1)[0] ?? "") ? undefined : "chunk-size";
  }

  #takeLine(line: string): RefusalReason | undefined {
    switch (this.#state) {
      case "size":
        return this.#takeSize(line);
      case "data-end":
        this.#state = "size";
        return line === "" ? undefined : "chunk-end";
      default:
        return this.#takeTrailer(line);
    }
  }

  #takeSize(line: string): RefusalReason | undefined {
    const semicolon = line.indexOf(";");
    const size = semicolon === -1 ? line : line.slice(0, semicolon);
    if (!CHUNK_SIZE.test(size)) return "chunk-size";
    if (semicolon !== -1) {
      this.#extensionBytes += line.length - semicolon;
      const good = this.#extensionBytes <= EXTENSIONS_MAX_BYTES && EXTENSION.test(line.slice(semicolon));
      if (!good) return "chunk-extension";
    }
    this.#left = Number.parseInt(size, 16);
    this.#bytes += this.#left;
    if (this.#bytes > this.#maxBytes) return "body-too-large";
    this.#state = this.#left === 0 ? "trailer" : "data";
    return undefined;
  }

  /** Trailers are read strictly and dropped: none may change what the head said (RFC 9110 §6.5.1). */
  #takeTrailer(line: string): RefusalReason | undefined {
    if (line === "") {
      this.#state = "done";
      return undefined;
    }
    this.#trailerBytes += line.length;
    const colon = line.indexOf(":");
    const good = colon > 0 && TOKEN.test(line.slice(0, colon)) && TRAILER_VALUE.test(line.slice(colon + 1));
    return good && this.#trailerBytes <= TRAILERS_MAX_BYTES ? undefined : "trailer";
  }
}
