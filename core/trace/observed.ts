/** What is observed of a request besides its record: its trace, and whether somebody with the debug token asks. */
import { type Fields, fieldValue } from "../http/fields.ts";
import { passingPolicy, type TraceContext, type TracePolicy, traceOf } from "./trace-context.ts";

/** How a node observes. */
export interface Observing {
  readonly trace: TracePolicy;
  /** Whoever sends it in `X-Antipode-Debug` gets a `Server-Timing`. Undefined: nobody does. */
  readonly debugToken: string | undefined;
  /** Whether a peer is one of ours: its wish to have a trace exported is obeyed. */
  isTrusted(peerAddress: string): boolean;
}

/** What was observed. */
export interface Observed {
  readonly trace: TraceContext | undefined;
  readonly debugging: boolean;
}

/** The field of requests that carries the debug token. Origins never see it. */
export const DEBUG_FIELD = "x-antipode-debug";

/** The debug token is at least so long: a short one could be guessed. */
export const DEBUG_TOKEN_MIN_LENGTH = 16;

const NOTHING: Observed = { trace: undefined, debugging: false };

/** Passes traces on, exports none, has no debug token. */
export function passingOn(random: () => number): Observing {
  return { trace: passingPolicy(random), debugToken: undefined, isTrusted: () => false };
}

/** Looks at the fields of a request. */
export function observe(observing: Observing, fields: Fields, peerAddress: string): Observed {
  const { debugToken, trace: policy } = observing;
  const traced = policy.sampleRatio > 0 || fieldValue(fields, "traceparent") !== undefined;
  const trace = traced ? traceOf(fields, observing.isTrusted(peerAddress), policy) : undefined;
  const offered = debugToken === undefined ? undefined : fieldValue(fields, DEBUG_FIELD);
  const debugging = debugToken !== undefined && offered !== undefined && isSameToken(offered, debugToken);
  return trace === undefined && !debugging ? NOTHING : { trace, debugging };
}

/** Takes as long for a wrong guess that begins well as for one that begins badly. */
export function isSameToken(offered: string, token: string): boolean {
  let difference = offered.length ^ token.length;
  for (let index = 0; index < token.length; index += 1)
    difference |= offered.charCodeAt(index) ^ token.charCodeAt(index);
  return difference === 0;
}
