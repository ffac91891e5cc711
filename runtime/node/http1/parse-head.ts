/** From the bytes of a request's head to a head that the guard has judged (RFC 9112 §2.2, §3, §5). */
import type { FieldLine } from "../../../core/http/fields.ts";
import {
  type Accepted,
  type GuardOptions,
  guardHead,
  type RequestLine,
  requestLineProblem,
} from "../../../core/http/guard.ts";
import { type GuardedFields, guardFields, type RequestLimits, TOKEN } from "../../../core/http/guard-fields.ts";
import { type RefusalReason, type Refused, refused } from "../../../core/http/refusals.ts";
import type { ReadyRole } from "../../../core/ready-port.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { FieldMemory } from "./field-memory.ts";

/** A head, with what its connection must know besides. */
export interface ParsedHead {
  readonly line: RequestLine | undefined;
  readonly verdict: Accepted | Refused;
}

/** What a listener judges heads by, and what it remembers of those it has judged. */
export interface ListenerGuard extends GuardOptions {
  readonly limits: RequestLimits;
  readonly memory: FieldMemory;
  /** Who may have answers ready. */
  readonly ready?: ReadyRole<ByteBody> | undefined;
}

/** Judges a head: `line` is without its CR LF, `block` are the field lines, each with its CR LF. */
export function parseHead(line: string, block: string, options: ListenerGuard): ParsedHead {
  const request = parseRequestLine(line);
  if (typeof request === "string") return { line: undefined, verdict: refused(request) };
  const fields = rememberedFields(block, options);
  if (typeof fields !== "string") return { line: request, verdict: guardHead(request, fields, options) };
  return { line: request, verdict: refused(requestLineProblem(request, options) ?? fields) };
}

/** What is wrong with a request line whose fields are still to come. */
export function earlyLineProblem(line: string, options: GuardOptions): RefusalReason | undefined {
  const request = parseRequestLine(line);
  return typeof request === "string" ? request : requestLineProblem(request, options);
}

/** One space on each side of the target, nothing else (RFC 9112 §3). What is in them is the guard's to judge. */
function parseRequestLine(line: string): RequestLine | RefusalReason {
  const methodEnd = line.indexOf(" ");
  const targetEnd = line.lastIndexOf(" ");
  const version = line.slice(targetEnd + 1);
  if (targetEnd > methodEnd && methodEnd > 0) {
    const httpVersion = version === "HTTP/1.1" ? "1.1" : version === "HTTP/1.0" ? "1.0" : otherVersion(version);
    if (httpVersion !== undefined) {
      return { method: line.slice(0, methodEnd), target: line.slice(methodEnd + 1, targetEnd), httpVersion };
    }
  }
  if (line.includes("\n") || line.includes("\r")) return "line-end";
  // HTTP/0.9 has no version.
  const isOld = methodEnd > 0 && targetEnd === methodEnd && /^\/[\x21-\x7e]*$/.test(version);
  return isOld && TOKEN.test(line.slice(0, methodEnd)) ? "version" : "request-line";
}

function otherVersion(text: string): string | undefined {
  return /^HTTP\/\d\.\d$/.test(text) ? text.slice("HTTP/".length) : undefined;
}

/** A client repeats its lines with every request; each block is judged once as long as it is remembered. */
function rememberedFields(block: string, { memory, limits }: ListenerGuard): GuardedFields | RefusalReason {
  const known = memory.find(block);
  if (known !== undefined) return known.judged;
  const lines = splitLines(block);
  if (typeof lines === "string") return lines;
  const judged = guardFields(lines, "http1", limits);
  if (typeof judged !== "string") memory.keep(block, judged);
  return judged;
}

function splitLines(block: string): FieldLine[] | RefusalReason {
  const lines: FieldLine[] = [];
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf("\r\n", start);
    if (end === -1) return "line-end";
    const first = block.charCodeAt(start);
    if (first === 32 || first === 9) return "field-folded";
    const line = block.slice(start, end);
    if (line.includes("\n") || line.includes("\r")) return "line-end";
    const colon = line.indexOf(":");
    if (colon === -1) return "field-line";
    lines.push([line.slice(0, colon), line.slice(colon + 1)]);
    start = end + 2;
  }
  return lines;
}
