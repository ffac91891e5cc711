/** The record of a request that the guard or the parser refused: it never reached the role, but it is one of ours. */
import { outcomeOfRefusal } from "../../core/cache/outcome.ts";
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
      outcome: outcomeOfRefusal(refusal.status),
      forward: undefined,
      reason: refusal.reason,
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
