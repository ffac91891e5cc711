/** W3C Trace Context: whose trace a request belongs to, and what the next hop is told of it. */
import { type FieldLine, type Fields, fieldValues } from "../http/fields.ts";
import { keptTracestate } from "./tracestate.ts";

/** This node's part of a trace. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** Of this node's span, 16 digits: the parent of what comes after it. */
  readonly spanId: string;
  /** The span of whoever asked us; undefined when the trace begins here. */
  readonly parentSpanId: string | undefined;
  /** Whether this node exports its span. */
  readonly sampled: boolean;
  /** The flag that the next hop sees: ours or the one that came. */
  readonly flaggedSampled: boolean;
  /** Other vendors' part, as it came. */
  readonly state: string | undefined;
}

/** When traces begin here, and with which ids. */
export interface TracePolicy {
  /** Whether there is a collector to export to. */
  readonly exports: boolean;
  /** The share of traces that are exported, 0 to 1; with 0 none begins here. */
  readonly sampleRatio: number;
  /** A number in [0, 1). */
  random(): number;
}

/** Passes traces on and begins none. */
export function passingPolicy(random: () => number): TracePolicy {
  return { exports: false, sampleRatio: 0, random };
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/**
 * The trace of a request. A valid traceparent is continued; an invalid one is forgotten, as if none had come. A
 * stranger's wish to be sampled is passed on but not obeyed (`trusted` says whether the peer is one of ours): otherwise
 * anybody could make us export everything.
 */
export function traceOf(fields: Fields, trusted: boolean, policy: TracePolicy): TraceContext | undefined {
  const parent = parentOf(fields);
  if (parent === undefined) return policy.sampleRatio > 0 ? begin(policy) : undefined;
  const { traceId, spanId, flagged } = parent;
  const sampled = (flagged && trusted && policy.exports) || isInSample(traceId, policy.sampleRatio);
  const state = keptTracestate(fieldValues(fields, "tracestate"));
  return {
    traceId,
    spanId: hex(16, policy),
    parentSpanId: spanId,
    sampled,
    flaggedSampled: flagged || sampled,
    state,
  };
}

/** The lines for the next hop. */
export function traceFields(trace: TraceContext): FieldLine[] {
  const parent: FieldLine = [
    "traceparent",
    `00-${trace.traceId}-${trace.spanId}-${trace.flaggedSampled ? "01" : "00"}`,
  ];
  return trace.state === undefined ? [parent] : [parent, ["tracestate", trace.state]];
}

function begin(policy: TracePolicy): TraceContext {
  const traceId = hex(32, policy);
  const sampled = isInSample(traceId, policy.sampleRatio);
  const spanId = hex(16, policy);
  return { traceId, spanId, parentSpanId: undefined, sampled, flaggedSampled: sampled, state: undefined };
}

interface Parent {
  readonly traceId: string;
  readonly spanId: string;
  readonly flagged: boolean;
}

/** A later version may carry more after the flags; of what we know the meaning is the same (Trace Context §3.2.4). */
function parentOf(fields: Fields): Parent | undefined {
  let value: string | undefined;
  for (const line of fields) {
    if (line[0] !== "traceparent") continue;
    if (value !== undefined) return undefined;
    value = line[1];
  }
  const match = value === undefined ? null : TRACEPARENT.exec(value);
  if (match === null) return undefined;
  const [, version = "", traceId = "", spanId = "", flags = "", more] = match;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, flagged: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Decided by the end of the id, which is random: all nodes with one ratio decide alike. */
function isInSample(traceId: string, ratio: number): boolean {
  return ratio > 0 && Number.parseInt(traceId.slice(-8), 16) < ratio * 0x1_0000_0000;
}

/** So many random hexadecimal digits, never all zero. */
function hex(digits: 16 | 32, { random }: TracePolicy): string {
  let text = "";
  while (text.length < digits) {
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  }
  return text === NO_TRACE || text === NO_SPAN ? `${text.slice(1)}1` : text;
}
