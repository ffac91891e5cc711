/** What the nodes have said of themselves by heartbeat. In memory only: it is true for seconds. */
import { comparePositions, type Position, parsePosition, positionText } from "../core/ledger/position.ts";
import { type Members, membersMember, numberMember, textMember, textsMember } from "../core/ledger/read-json.ts";
import type { Member, Snapshot } from "../core/ledger/snapshot.ts";
import { GossipRelay } from "./gossip-relay.ts";

/** A node that has not been heard of for so long is silent. */
const SILENT_AFTER_MS = 15_000;
/** Sites of one heartbeat. */
const SITES_MAX = 10_000;
/** Edges that one router fences. */
const FENCES_MAX = 10_000;
/** Characters of a reason. */
const TEXT_MAX = 500;

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
  /** Of these, the versions that it serves instead; sites without one are not served. All others are the newest. */
  readonly servedVersions: Readonly<Record<string, string>>;
  readonly load: NodeLoad | undefined;
  /** Of a router: the edges that it sends no new users. */
  readonly fences: readonly string[];
}

/** What a node has to do. */
export interface NodeLoad {
  /** Share of one core. */
  readonly processor: number;
  /** Share of what it can take that is used. Undefined: it is of a version that does not say. */
  readonly used?: number;
  readonly requestsPerSecond: number;
  readonly memoryBytes: number;
}

/** What routers are told of an edge, as soon as it changes. */
export interface FleetNews {
  readonly id: string;
  readonly state: NodeState;
  readonly draining: boolean;
  readonly position: string | undefined;
  readonly load: number | undefined;
  readonly heardAtMs: number | undefined;
}

/** What is believed of a heartbeat's position, or what is wrong with it. */
export type Believed =
  | { readonly kind: "believed"; readonly position: Position | undefined }
  | { readonly kind: "wrong"; readonly message: string };

interface Heard {
  readonly atMs: number;
  /** Undefined: it claims one that is not written yet. */
  readonly position: Position | undefined;
  readonly version: string | undefined;
  readonly refusedSites: Readonly<Record<string, string>>;
  readonly servedVersions: Readonly<Record<string, string>>;
  readonly load: NodeLoad | undefined;
  /** It said that it is about to stop. */
  readonly draining: boolean;
  readonly fences: readonly string[];
}

/** The fleet. */
export class FleetState {
  readonly gossip = new GossipRelay();
  readonly #heard = new Map<string, Heard>();
  #changes = 0;

  /** Takes a heartbeat of a member. What is ahead of `head`, the end of the log, nobody can have applied. */
  hear(id: string, body: Members, { atMs, head }: { readonly atMs: number; readonly head: Position }): Believed {
    const text = textMember(body, "position") ?? "";
    const claimed = parsePosition(text);
    if (claimed === undefined) return { kind: "wrong", message: `position: "${text}" is none; write EPOCH:NUMBER` };
    const position = comparePositions(claimed, head) <= 0 ? claimed : undefined;
    this.#heard.set(id, {
      atMs,
      position,
      version: textMember(body, "version"),
      refusedSites: textsOf(membersMember(body, "refusedSites")),
      servedVersions: textsOf(membersMember(body, "servedVersions")),
      load: loadOf(membersMember(body, "load")),
      draining: body.draining === true,
      fences: textsMember(body, "fences")?.slice(0, FENCES_MAX) ?? [],
    });
    this.gossip.hear(id, body, atMs);
    this.#changes += 1;
    return { kind: "believed", position };
  }

  /** Grows with every heartbeat. */
  get changes(): number {
    return this.#changes;
  }

  /** What routers are to know of the edges. */
  news(snapshot: Snapshot, nowMs: number): readonly FleetNews[] {
    return this.view(snapshot, nowMs).flatMap(({ id, role, state, draining, position, load, heardAtMs }) =>
      role === "edge" ? [{ id, state, draining, position, load: load?.used ?? load?.processor, heardAtMs }] : [],
    );
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
        draining: snapshot.drains.has(id) || heard?.draining === true,
        position: heard?.position && positionText(heard.position),
        heardAtMs: heard?.atMs,
        version: heard?.version,
        refusedSites: heard?.refusedSites ?? {},
        servedVersions: heard?.servedVersions ?? {},
        load: heard?.load,
        fences: heard?.fences ?? [],
      };
    });
  }
}

function textsOf(members: Members): Readonly<Record<string, string>> {
  const entries = Object.entries(members).slice(0, SITES_MAX);
  return Object.fromEntries(entries.map(([site, text]) => [site, String(text).slice(0, TEXT_MAX)]));
}

function loadOf(members: Members): NodeLoad | undefined {
  const processor = numberMember(members, "processor");
  if (processor === undefined) return undefined;
  const used = numberMember(members, "used");
  return {
    processor,
    ...(used !== undefined && { used }),
    requestsPerSecond: numberMember(members, "requestsPerSecond") ?? 0,
    memoryBytes: numberMember(members, "memoryBytes") ?? 0,
  };
}

function stateOf(heard: Heard | undefined, snapshot: Snapshot, nowMs: number): NodeState {
  if (heard === undefined) return "unknown";
  if (nowMs - heard.atMs > SILENT_AFTER_MS) return "silent";
  const { position } = heard;
  return position === undefined || comparePositions(position, snapshot.position) < 0 ? "behind" : "current";
}
