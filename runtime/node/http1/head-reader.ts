/** Finds the heads of requests in the bytes of a connection, however they are cut. */
import type { RefusalReason } from "../../../core/http/refusals.ts";
import { HEAD_END, HeadBuffer } from "./head-buffer.ts";
import { earlyLineProblem, type ListenerGuard, type ParsedHead, parseHead } from "./parse-head.ts";
import { type ReadyHead, readyHead } from "./ready-head.ts";

const CR = 13;
const LF = 10;

/** Reads one head after the other. A head that comes in one piece is not copied. */
export class HeadReader {
  readonly #guard: ListenerGuard;
  #partial: HeadBuffer | undefined;
  #emptyLine: "none" | "half" | "seen" = "none";
  /** The last call of `read` completed a head, which `judge` judges. */
  whole = false;
  /** Of that head, when there may be an answer ready for it. */
  ready: ReadyHead | undefined;
  #line = "";
  #block = "";
  /** What is wrong with the head that is not whole yet. */
  problem: RefusalReason | undefined;

  constructor(guard: ListenerGuard) {
    this.#guard = guard;
  }

  /** A part of a head has come. */
  get begun(): boolean {
    return this.#partial !== undefined;
  }

  /** Reads from `start` up to the end of a head or of the chunk; returns where it stopped. */
  read(chunk: Buffer, start: number): number {
    this.whole = false;
    this.ready = undefined;
    if (this.#partial !== undefined) return this.#readPartial(this.#partial, chunk, start);
    const at = this.#skipEmptyLine(chunk, start);
    if (at >= chunk.length) return at;
    const end = chunk.indexOf(HEAD_END, at);
    if (end === -1 || end + HEAD_END.length - at > this.#guard.limits.headBytes) {
      this.#partial = new HeadBuffer(this.#guard.limits.headBytes);
      return this.#readPartial(this.#partial, chunk, at);
    }
    this.#parse(chunk, at, end);
    return end + HEAD_END.length;
  }

  /** One empty line before a request is an old client's habit (RFC 9112 §2.2). */
  #skipEmptyLine(chunk: Buffer, start: number): number {
    if (this.#emptyLine === "seen" || (this.#emptyLine === "none" && chunk[start] !== CR)) return start;
    const lineFeed = this.#emptyLine === "half" ? start : start + 1;
    this.#emptyLine = "half";
    if (lineFeed >= chunk.length) return chunk.length;
    if (chunk[lineFeed] !== LF) {
      this.problem = "line-end";
      return chunk.length;
    }
    this.#emptyLine = "seen";
    return lineFeed + 1;
  }

  #readPartial(partial: HeadBuffer, chunk: Buffer, at: number): number {
    const { taken, whole } = partial.add(chunk.subarray(at));
    if (whole) {
      this.#partial = undefined;
      this.#parse(partial.bytes, 0, partial.bytes.length - HEAD_END.length);
    } else {
      const line = partial.takeLine();
      const lineProblem = line === undefined ? undefined : earlyLineProblem(line, this.#guard);
      this.problem = lineProblem ?? partial.problem();
    }
    return at + taken;
  }

  /** The head that the last call of `read` completed. */
  judge(): ParsedHead {
    return parseHead(this.#line, this.#block, this.#guard);
  }

  #parse(bytes: Buffer, start: number, end: number): void {
    this.#emptyLine = "none";
    const carriageReturn = bytes.indexOf(CR, start);
    const lineEnd = bytes[carriageReturn + 1] === LF ? carriageReturn : bytes.indexOf("\r\n", start, "latin1");
    this.#line = bytes.toString("latin1", start, lineEnd);
    this.#block = bytes.toString("latin1", lineEnd + 2, end + 2);
    this.whole = true;
    this.ready = readyHead(this.#line, this.#block, this.#guard);
  }
}
