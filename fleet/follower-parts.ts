/** What a follower of the ledger is made of, and how it stands. */
import type { ControlLink, NodeDisk } from "../core/ledger/follow-ports.ts";
import type { Position } from "../core/ledger/position.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import type { Clock } from "../core/ports.ts";
import type { EdgeNews, NodeAsk } from "./ask.ts";
import type { Trust } from "./followed.ts";
import type { Gossip } from "./gossip.ts";
import type { Identity } from "./identity.ts";

/** Waits between attempts, and how often control beats. */
export interface FollowerSettings {
  readonly feedHeadIntervalMs: number;
  readonly reconnectDelayMinMs: number;
  readonly reconnectDelayMaxMs: number;
  readonly controlConnectTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly clockSkewAlarmMs: number;
}

/** What adopting a snapshot came to. */
export interface Adoption {
  /** Sites whose newest version was not taken, with the reason. */
  readonly refusedSites: Readonly<Record<string, string>>;
  /** Of these, the versions that are served instead. */
  readonly servedVersions: Readonly<Record<string, string>>;
}

/** What a follower is made of. */
export interface FollowerParts {
  /** Base URLs of control nodes, asked in turn. */
  readonly urls: readonly string[];
  readonly identity: Identity;
  readonly link: ControlLink;
  readonly disk: NodeDisk;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly settings: FollowerSettings;
  /** The version of this program. */
  readonly version: string;
  /** Makes a snapshot count. */
  adopt(snapshot: Snapshot): Adoption;
  /** What the node has to do, for heartbeats. */
  load?(): Readonly<Record<string, number>>;
  /** Whether it is about to stop. */
  isStopping?(): boolean;
  /** Answers a question that control passes on; undefined: it has nothing to say. */
  answer?(ask: NodeAsk): unknown;
  /** Hears of the other nodes; without it nothing of them is asked for. */
  onFleet?(edges: readonly EdgeNews[]): void;
  /** Hears what other nodes tell, with the news of `onFleet`. */
  onGossip?(gossip: Gossip): void;
  /** What else a heartbeat says, for the others. Asked once for each. */
  tell?(): Readonly<Record<string, unknown>>;
  /** A head that was proved, of what is held or ahead of it. */
  onProven?(head: Position): void;
  /** Says something to the operator. */
  say(line: string): void;
}

/** How a node stands to the ledger. */
export interface Standing {
  /** Undefined: it has nothing yet. */
  readonly position: string | undefined;
  /** It holds less than a head that was proved to it. */
  readonly behind: boolean;
  /** Control vouched for what it holds at this time; undefined: not since the start. */
  readonly confirmedAtMs: number | undefined;
}
