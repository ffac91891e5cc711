/** The record of a request that the guard or the parser refused: it never reached the role, but it is one of ours. */
import type { Outcome } from "../../core/cache/outcome.ts";
import type { RequestRecord } from "../../core/record.ts";
import type { ListenerRefusal } from "./http1/listener-options.ts";

/** Targets are cut to this in records of refused requests: they may be of any length and content. */
const SHOWN_TARGET_MAX = 256;

/** Turns refusals into records. */
export function refusalRecord(
  node: string,
  role: RequestRecord["role"],
  record: (record: RequestRecord) => void,
): (refusal: ListenerRefusal) => void {
  return (refusal) =>
    record({
      atMs: refusal.atMs,
      node,
      role,
      site: undefined,
      outcome: outcomeOf(refusal.status),
      forward: undefined,
      method: refusal.method ?? "",
      authority: "",
      target: (refusal.target ?? "").slice(0, SHOWN_TARGET_MAX),
      status: refusal.status,
      bodyBytes: 0,
      complete: true,
      clientAddress: refusal.peerAddress,
      headMs: 0,
      totalMs: 0,
    });
}

function outcomeOf(status: number): Outcome {
  if (status === 405) return "method-refused";
  if (status === 408) return "client-timeout";
  return status === 413 || status === 414 || status === 431 ? "too-large" : "bad-request";
}
