/** What a router takes from the ledger and from news of the fleet: which edges there are, who drains, who is behind, their load. */

import { isIP } from "node:net";
import { type ReachableEdge, reachableEdges } from "../control/fleet-edges.ts";
import type { EdgeConfig } from "../core/config/types.ts";
import type { FleetHealth } from "../core/health/fleet-health.ts";
import { normalAuthority } from "../core/http/authority.ts";
import { type Position, parsePosition } from "../core/ledger/position.ts";
import type { Member, Snapshot } from "../core/ledger/snapshot.ts";
import type { EdgeNews } from "../fleet/ask.ts";
import { type Failing, type Gossip, Outbox } from "../fleet/gossip.ts";
import type { ClientSample, Decider } from "../router/decider.ts";
import type { SiteRouting } from "../router/router.ts";
import { CommandFailure } from "./args.ts";

/**
 * Tells the health of the edges, and what learns round trips, what the feed says; and the fleet what this router sees. Before
 * there is a health, only the last news are kept.
 */
export class FleetEar {
  readonly #nowMs: () => number;
  #health: FleetHealth | undefined;
  #drains: ReadonlySet<string> = new Set();
  #news: readonly EdgeNews[] = [];
  readonly #heardAtMs = new Map<string, number>();
  readonly #outbox = new Outbox();
  #decider: Decider | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The health to tell. */
  listen(health: FleetHealth): void {
    this.#health = health;
    health.drained(this.#drains);
    this.#tell();
  }

  /** What learns round trips. */
  teach(decider: Decider): void {
    this.#decider = decider;
  }

  /** A client has measured here: others are told. */
  readonly onSample = ({ clientAddress, ...measured }: ClientSample): void => {
    this.#outbox.add(clientAddress, measured);
  };

  /** What heartbeats say besides: what was measured here, which edges fail for us, and which get no new users. */
  readonly tell = (): Readonly<Record<string, unknown>> => {
    const opinion = this.#health?.opinion();
    const failing: Failing | undefined = opinion === undefined || opinion === "blind" ? opinion : [...opinion];
    const fences = this.#fences();
    return { ...this.#outbox.take(failing), ...(fences.length > 0 && { fences }) };
  };

  /** What other nodes say. */
  readonly onGossip = ({ observers, roundTrips }: Gossip): void => {
    for (const { id, failing, heardAtMs } of observers) {
      const key = `observer ${id}`;
      if (this.#health === undefined || this.#heardAtMs.get(key) === heardAtMs) continue;
      this.#heardAtMs.set(key, heardAtMs);
      this.#health.toldBy(id, failing === "blind" ? failing : new Set(failing), this.#nowMs());
    }
    for (const { prefix, ...measured } of roundTrips)
      this.#decider?.learn({ clientAddress: prefix, ...measured }, this.#nowMs());
  };

  /** News of the edges. */
  readonly onFleet = (news: readonly EdgeNews[]): void => {
    this.#news = news;
    this.#tell();
  };

  /** A head that was proved. */
  readonly onProven = (head: Position): void => {
    this.#health?.proved(head, this.#nowMs());
  };

  /** A new state of the ledger. Its drains hold at once, and for edges of which nothing is heard, too. */
  readonly onSnapshot = ({ drains }: Pick<Snapshot, "drains">): void => {
    this.#drains = drains;
    this.#health?.drained(drains);
  };

  /** The edges that get no new users here. None while there is no other edge: then even those that are down get them. */
  #fences(): readonly string[] {
    const conditions = this.#health?.conditions(this.#nowMs()) ?? [];
    const isOut = ({ state, isDraining, isBehind }: (typeof conditions)[number]): boolean =>
      state === "down" || isDraining || isBehind;
    return conditions.every(isOut) ? [] : conditions.filter(isOut).map(({ id }) => id);
  }

  #tell(): void {
    const health = this.#health;
    if (health === undefined) return;
    for (const { id, load, position, draining, heardAtMs } of this.#news) {
      // The same heartbeat again is no sign of life.
      if (heardAtMs === undefined || this.#heardAtMs.get(id) === heardAtMs) continue;
      this.#heardAtMs.set(id, heardAtMs);
      const at = position === undefined ? undefined : parsePosition(position);
      health.heard(id, { load: load ?? 0, position: at, isDraining: draining }, this.#nowMs());
    }
  }
}

/** The edges that have joined and say where they are reached. Those that do not are named in `unreachable`. */
export function edgesOfLedger(members: ReadonlyMap<string, Member>): ReturnType<typeof reachableEdges> {
  const edges = [...members.values()].filter(({ role }) => role === "edge");
  return reachableEdges(new Map(edges.map((member) => [member.id, edgeConfigOf(member)])), {});
}

function edgeConfigOf({ at, region, advertise = [] }: Member): EdgeConfig & { readonly listen?: string } {
  const [url] = advertise.filter((one) => one.includes("://"));
  const addresses = advertise.filter((one) => isIP(one) !== 0);
  const isName = url !== undefined && URL.canParse(url) && isIP(new URL(url).hostname.replace(/^\[|\]$/g, "")) === 0;
  return {
    ...(at && { at }),
    ...(region !== undefined && { region }),
    ...(url !== undefined && { listen: url }),
    ...(isName && { name: url }),
    ...(addresses.length > 0 && { addresses }),
  };
}

/** The edges to route to, or one sentence why there are none. */
export function edgesOrFailure(snapshot: Snapshot | undefined): readonly ReachableEdge[] {
  if (snapshot === undefined)
    throw new CommandFailure("no ledger yet: control cannot be reached and nothing is on disk");
  const { edges, unreachable } = edgesOfLedger(snapshot.members);
  for (const id of unreachable)
    process.stderr.write(`edge ${id} does not say where it is reached (--advertise): left out\n`);
  if (edges.length > 0) return edges;
  throw new CommandFailure("no edge has joined yet that says where it is reached; start one with --advertise URL");
}

/** Sites by authority, with what each demands of routing. */
export interface RoutedSites {
  findSite(authority: string): { readonly routing?: SiteRouting | undefined } | undefined;
}

/** What the site of an authority demands of routing: by the ledger, and as long as that has not arrived by the file. */
export function siteRoutingOf(
  fleet: (RoutedSites & { snapshot(): unknown }) | undefined,
  config: RoutedSites | undefined,
): (authority: string) => SiteRouting | undefined {
  return (authority) => {
    const sites = fleet?.snapshot() === undefined ? config : fleet;
    return sites?.findSite(normalAuthority(authority, "http") ?? authority)?.routing;
  };
}
