/** What the nodes have said of themselves by heartbeat. In memory only: it is true for seconds. */
import { comparePositions, parsePosition, positionText } from "../core/ledger/position.ts";
import { type Members, membersMember, textMember } from "../core/ledger/read-json.ts";
import type { Member, Snapshot } from "../core/ledger/snapshot.ts";

/** A node that has not been heard of for so long is silent. */
const SILENT_AFTER_MS = 15_000;
/** Sites of one heartbeat. */
const SITES_MAX = 10_000;

/** How a node stands to the ledger. */
export type NodeState = "current" | "behind" | "silent" | "unknown";

/** One node as the API shows it. */
export interface NodeView {
  readonly id: string;
  readonly role: Member["role"];
  readonly at: Member["at"];
  readonly region: string | undefined;
  readonly advertise: Member["advertise"];
  readonly state: NodeState;
  readonly draining: boolean;
  /** What it has applied, as far as is known. */
  readonly position: string | undefined;
  readonly heardAtMs: number | undefined;
  readonly version: string | undefined;
  /** Sites whose newest version it did not take, with the reason. */
  readonly refusedSites: Readonly<Record<string, string>>;
}

interface Heard {
  readonly atMs: number;
  readonly position: string;
  readonly version: string | undefined;
  readonly refusedSites: Readonly<Record<string, string>>;
}

/** The fleet. */
export class FleetState {
  readonly #heard = new Map<string, Heard>();

  /** Takes a heartbeat of a member. Returns what is wrong with it, or undefined. */
  hear(id: string, body: Members, atMs: number): string | undefined {
    const position = textMember(body, "position") ?? "";
    if (parsePosition(position) === undefined) return `position: "${position}" is none; write EPOCH:NUMBER`;
    const refused = Object.entries(membersMember(body, "refusedSites")).slice(0, SITES_MAX);
    this.#heard.set(id, {
      atMs,
      position,
      version: textMember(body, "version"),
      refusedSites: Object.fromEntries(refused.map(([site, reason]) => [site, String(reason).slice(0, 500)])),
    });
    return undefined;
  }

  /** All members, with what is known of them. */
  view(snapshot: Snapshot, nowMs: number): readonly NodeView[] {
    for (const id of this.#heard.keys()) if (!snapshot.members.has(id)) this.#heard.delete(id);
    return [...snapshot.members.values()].map((member): NodeView => {
      const heard = this.#heard.get(member.id);
      const { id, role, at, region, advertise } = member;
      return {
        ...{ id, role, at, region, advertise },
        state: stateOf(heard, snapshot, nowMs),
        draining: snapshot.drains.has(id),
        position: heard?.position,
        heardAtMs: heard?.atMs,
        version: heard?.version,
        refusedSites: heard?.refusedSites ?? {},
      };
    });
  }
}

function stateOf(heard: Heard | undefined, snapshot: Snapshot, nowMs: number): NodeState {
  if (heard === undefined) return "unknown";
  if (nowMs - heard.atMs > SILENT_AFTER_MS) return "silent";
  const position = parsePosition(heard.position);
  if (position === undefined) return "unknown";
  if (heard.position === positionText(snapshot.position)) return "current";
  return comparePositions(position, snapshot.position) < 0 ? "behind" : "current";
}
