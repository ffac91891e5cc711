/** Records of requests that no role has answered: refused at the border, or failed by a bug of ours. */
import { type Outcome, outcomeOfRefusal } from "./cache/outcome.ts";
import type { Incoming, Sent } from "./ports.ts";
import type { RequestRecord } from "./record.ts";

/** Who records. */
export interface Recorder {
  readonly node: string;
  readonly role: RequestRecord["role"];
}

/** What is known of a request that the guard or the parser refused. */
export interface RefusedRequest {
  readonly status: number;
  readonly reason: string;
  readonly atMs: number;
  readonly peerAddress: string;
  readonly method?: string | undefined;
  readonly target?: string | undefined;
}

/** Targets are cut to this in records of refused requests: they may be of any length and content. */
const SHOWN_TARGET_MAX = 256;

/** The record of a refused request. */
export function recordOfRefusal({ node, role }: Recorder, refused: RefusedRequest): RequestRecord {
  const { status, reason, atMs, peerAddress: clientAddress, method = "", target = "" } = refused;
  return {
    ...{ atMs, node, role, site: undefined, outcome: outcomeOfRefusal(status), forward: undefined, reason },
    ...{ method, authority: "", target: target.slice(0, SHOWN_TARGET_MAX) },
    ...{ status, bodyBytes: 0, complete: true, clientAddress, headMs: 0, totalMs: 0 },
  };
}

/** How a request was answered in the role's place. */
export interface AnsweredInstead extends Sent {
  readonly status: number;
  readonly outcome: Outcome;
  /** When the answer's head and last byte left. */
  readonly headAtMs: number;
  readonly endAtMs: number;
}

/** The record of a request that its role gave no answer to. */
export function recordOfFailure<B>(
  { node, role }: Recorder,
  { head, receivedAtMs, peerAddress, httpVersion }: Incoming<B>,
  { status, outcome, headAtMs, endAtMs, bodyBytes, complete }: AnsweredInstead,
): RequestRecord {
  return {
    ...{ atMs: receivedAtMs, node, role, site: undefined, outcome, forward: undefined },
    ...{ method: head.method, authority: head.authority, target: head.target },
    ...{ httpVersion, requestFields: head.fields, status, bodyBytes, complete, clientAddress: peerAddress },
    ...{ headMs: headAtMs - receivedAtMs, totalMs: endAtMs - receivedAtMs },
  };
}
