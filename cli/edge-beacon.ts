/** The beacon of a fleet's edge: which edges its pages time, and how their reports reach the routers. */
import { SETTINGS, type Settings } from "../core/config/settings.ts";
import type { Member, Snapshot } from "../core/ledger/snapshot.ts";
import { type BeaconRules, ReportCount, type TimedEdge } from "../core/route/beacon.ts";
import { distanceKm } from "../core/route/distance.ts";
import type { EdgeBeacon } from "../edge/edge.ts";
import { Outbox } from "../fleet/gossip.ts";
import { type FleetAsk, type FleetMembership, joinFleet } from "./fleet.ts";
import { edgesOfLedger } from "./router-fleet.ts";
import { beaconRules } from "./router-rules.ts";

/** Joins the fleet, if there is one; `measuring` is what makes the edge take reports of pages then. */
export async function joinWithBeacon(
  ask: FleetAsk,
  more: Parameters<typeof joinFleet>[1],
): Promise<{
  readonly fleet: FleetMembership | undefined;
  measuring(settings: Settings): { readonly beacon?: EdgeBeacon };
}> {
  const beacon = new BeaconOfEdge(ask.id);
  const fleet = await joinFleet(ask, { tell: beacon.tell, ...more });
  fleet?.onSnapshot(beacon.onSnapshot);
  const measuring = (settings: Settings) => (fleet === undefined ? {} : { beacon: beacon.part(beaconRules(settings)) });
  return { fleet, measuring };
}

/** One edge's. */
class BeaconOfEdge {
  readonly #id: string;
  readonly #outbox = new Outbox();
  #plan: readonly TimedEdge[] = [];

  constructor(id: string) {
    this.#id = id;
  }

  /** The fleet as it is now. */
  readonly onSnapshot = ({ members }: Pick<Snapshot, "members">): void => {
    this.#plan = timedEdges(this.#id, members);
  };

  /** What a heartbeat says besides. */
  readonly tell = (): Readonly<Record<string, unknown>> => this.#outbox.take(undefined);

  /** What the edge is composed with. */
  part(rules: BeaconRules): EdgeBeacon {
    return {
      rules,
      count: new ReportCount(rules.reportsPerSecondMax),
      plan: () => this.#plan,
      take: (clientAddress, timed) => {
        const known = new Set(this.#plan.map(({ id }) => id));
        for (const one of timed) if (known.has(one.edge)) this.#outbox.add(clientAddress, { ...one, kind: "beacon" });
      },
    };
  }
}

/** This edge and those that are nearest to it: whoever was sent here may be better off at one of them. */
function timedEdges(id: string, members: ReadonlyMap<string, Member>): readonly TimedEdge[] {
  const { edges } = edgesOfLedger(members);
  const here = members.get(id)?.at;
  const kmTo = ({ id: other, at }: (typeof edges)[number]): number => {
    if (other === id) return -1;
    return here === undefined || at === undefined ? Number.POSITIVE_INFINITY : distanceKm(here, at);
  };
  return [...edges]
    .sort((one, other) => (kmTo(one) < kmTo(other) ? -1 : 1))
    .slice(0, SETTINGS.beaconEdges.max)
    .flatMap(({ id: name, redirectBase: base }) => (base === undefined ? [] : { id: name, base }));
}
