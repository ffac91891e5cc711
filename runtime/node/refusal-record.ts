/** The record of a request that the guard or the parser refused: it never reached the role, but it is one of ours. */
import type { RequestRecord } from "../../core/record.ts";
import { recordOfRefusal } from "../../core/unrouted-record.ts";
import type { ListenerRefusal } from "./http1/listener-options.ts";

/** Turns refusals into records. */
export function refusalRecord(
  node: string,
  role: RequestRecord["role"],
  record: (record: RequestRecord) => void,
): (refusal: ListenerRefusal) => void {
  return (refusal) => record(recordOfRefusal({ node, role }, refusal));
}
