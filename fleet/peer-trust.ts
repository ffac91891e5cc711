/** Whether another node of the fleet is believed: by its certificate, its membership and how long control has been silent. */

import { parseNodeUri } from "../core/ledger/node-name.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";

/** A certificate whose chain to the fleet's authority was verified, times apart. */
export interface PeerCertificate {
  readonly uri: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What is thought of a peer. */
export type PeerVerdict =
  | { readonly kind: "trusted"; readonly id: string; readonly role: string }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Judges a peer. A certificate that ended while control was silent still counts: nobody could renew it. One that ended while
 * control was there was not renewed for a reason.
 */
export function judgePeer(
  certificate: PeerCertificate,
  options: {
    readonly snapshot: Pick<Snapshot, "members">;
    readonly nowMs: number;
    /** When control last vouched for what this node holds; undefined: not since the start. */
    readonly confirmedAtMs: number | undefined;
    readonly clockSkewMs: number;
  },
): PeerVerdict {
  const { snapshot, nowMs, confirmedAtMs, clockSkewMs } = options;
  const name = parseNodeUri(certificate.uri);
  if (name === undefined) return { kind: "refused", reason: "its certificate names no node" };
  const member = snapshot.members.get(name.id);
  if (member === undefined) return { kind: "refused", reason: `${name.id} is no member of this fleet` };
  if (member.role !== name.role) return { kind: "refused", reason: `${name.id} is no ${name.role}` };
  if (nowMs + clockSkewMs < certificate.notBeforeMs)
    return { kind: "refused", reason: "its certificate is not valid yet; is a clock wrong?" };
  const silentSinceMs = confirmedAtMs ?? Number.NEGATIVE_INFINITY;
  const judgedAtMs = Math.min(nowMs, Math.max(silentSinceMs, certificate.notBeforeMs));
  if (judgedAtMs - clockSkewMs > certificate.notAfterMs)
    return { kind: "refused", reason: "its certificate has ended, and control was there to renew it" };
  return { kind: "trusted", id: name.id, role: name.role };
}
