/**
 * What nodes tell each other through control and nobody keeps: round trips that clients measured, and which edges fail for a
 * router. It goes out with heartbeats and comes in with news of the fleet. Prefixes are told, not addresses.
 */
import { isMembers, type Members, numberMember, parseJson, textMember } from "../core/ledger/read-json.ts";
import { firstOf, formatAddress, parseAddress } from "../core/net/address.ts";
import type { SampleKind } from "../core/route/learn.ts";

/** A measured round trip between a client's prefix and an edge. */
export interface RoundTrip {
  /** The first address of a /24 or /48. */
  readonly prefix: string;
  readonly edge: string;
  readonly rttMs: number;
  readonly kind: SampleKind;
}

/** Which edges fail for an observer; one that takes itself for blind says nothing of edges. */
export type Failing = readonly string[] | "blind";

/** A router's word on the edges. */
export interface Observer {
  readonly id: string;
  readonly failing: Failing;
  /** By control's clock: the same again is no new word. */
  readonly heardAtMs: number;
}

/** What is heard of the others. */
export interface Gossip {
  readonly observers: readonly Observer[];
  readonly roundTrips: readonly RoundTrip[];
}

/** Round trips in one heartbeat or one piece of news. */
export const ROUND_TRIPS_MAX = 1_000;
/** Edges that an observer names, and characters of an edge's name. */
const FAILING_MAX = 1_000;
const NAME_MAX = 200;
const OBSERVERS_MAX = 100;
const KINDS: ReadonlySet<string> = new Set(["beacon", "tcp", "tls", "http"] satisfies SampleKind[]);

/** What this node has to tell, until its next heartbeat takes it along. */
export class Outbox {
  #roundTrips: RoundTrip[] = [];

  /** Takes a measured round trip of a client. When there are too many the newest are left out. */
  add(clientAddress: string, measured: Omit<RoundTrip, "prefix">): void {
    const prefix = prefixOf(clientAddress);
    if (prefix !== undefined && this.#roundTrips.length < ROUND_TRIPS_MAX)
      this.#roundTrips.push({ prefix, ...measured });
  }

  /** Hands all of it out, as members of a heartbeat. A heartbeat that is lost loses it: it is measured again. */
  take(failing: Failing | undefined): Readonly<Record<string, unknown>> {
    const roundTrips = this.#roundTrips.map(wireOf);
    this.#roundTrips = [];
    return { ...(roundTrips.length > 0 && { roundTrips }), ...(failing !== undefined && { failing }) };
  }
}

/** A round trip as it is sent. */
export function wireOf({ prefix, edge, rttMs, kind }: RoundTrip): readonly [string, string, number, SampleKind] {
  return [prefix, edge, rttMs, kind];
}

/** The first address of an address's /24 or /48; undefined: it is none. */
export function prefixOf(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed && formatAddress(firstOf(parsed, parsed.family === 4 ? 24 : 48));
}

/** Reads the gossip in news of the fleet; what is none is left out. */
export function readGossip(data: string): Gossip {
  const value = parseJson(data);
  if (!isMembers(value)) return { observers: [], roundTrips: [] };
  const observers = Array.isArray(value.observers) ? value.observers.slice(0, OBSERVERS_MAX) : [];
  return {
    observers: observers.filter(isMembers).flatMap((one) => observerOf(one) ?? []),
    roundTrips: readRoundTrips(value.roundTrips),
  };
}

/** Reads round trips as they are sent; what is none is left out. */
export function readRoundTrips(value: unknown): readonly RoundTrip[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, ROUND_TRIPS_MAX).flatMap((one) => roundTripOf(one) ?? []);
}

/** Reads which edges fail for an observer. Undefined: it says nothing. */
export function readFailing(value: unknown): Failing | undefined {
  if (value === "blind") return value;
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, FAILING_MAX).filter((one) => typeof one === "string" && one.length <= NAME_MAX);
}

function observerOf(from: Members): Observer | undefined {
  const id = textMember(from, "id");
  const failing = readFailing(from.failing);
  const heardAtMs = numberMember(from, "heardAtMs");
  return id === undefined || failing === undefined || heardAtMs === undefined ? undefined : { id, failing, heardAtMs };
}

function roundTripOf(value: unknown): RoundTrip | undefined {
  if (!Array.isArray(value)) return undefined;
  const [address, edge, rttMs, kind]: readonly unknown[] = value;
  if (typeof address !== "string" || typeof edge !== "string" || typeof rttMs !== "number") return undefined;
  const prefix = prefixOf(address);
  const isGood = Number.isFinite(rttMs) && rttMs > 0 && edge !== "" && edge.length <= NAME_MAX && isKind(kind);
  return prefix === undefined || !isGood ? undefined : { prefix, edge, rttMs, kind };
}

function isKind(value: unknown): value is SampleKind {
  return typeof value === "string" && KINDS.has(value);
}
