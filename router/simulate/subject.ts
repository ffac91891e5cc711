/** What is simulated: the router's estimates, learning and choice, as they are used in production. */
import { beaconEdges } from "../../core/route/beacon-edges.ts";
import { edgeSetOf } from "../../core/route/edge-set.ts";
import { Estimator } from "../../core/route/estimate.ts";
import { prefixKeyOf } from "../../core/route/group-key.ts";
import { LATENCY_RULES, LatencyModel, type RouteClient } from "../../core/route/latency-model.ts";
import { learn } from "../../core/route/learn.ts";
import type { Scenario, ScenarioClient } from "./scenario.ts";

/** Keys of clients without an address: above all real prefixes. */
const OWN_PREFIX_BASE = 2 ** 50;

/** What may be said of an edge for one client. */
export interface Candidates {
  /** Whether it takes new users. */
  isIn(edge: number): boolean;
  /** Whether the client has any path to it. */
  isReachable(edge: number): boolean;
}

/** A router's mind. */
export class Subject {
  readonly clients: readonly RouteClient[];
  readonly #model: LatencyModel;
  readonly #estimator: Estimator;

  constructor(scenario: Scenario, startMs: number) {
    this.clients = scenario.clients.map(routeClientOf);
    this.#model = new LatencyModel(edgeSetOf(scenario.edges), startMs, LATENCY_RULES);
    this.#estimator = new Estimator(this.#model);
  }

  /** The edge for a client: the best in rotation, the best of all when none is; the configured order where nothing is known. */
  choose(client: number, nowMs: number, { isIn, isReachable }: Candidates): number {
    const { rttMs } = this.#estimator.estimate(this.#client(client), nowMs);
    let best: number | undefined;
    let isBestIn = false;
    for (let edge = 0; edge < rttMs.length; edge += 1) {
      if (!isReachable(edge)) continue;
      const isBetter = best === undefined || (rttMs[edge] ?? 0) < (rttMs[best] ?? 0);
      if (isIn(edge) ? isBestIn && !isBetter : isBestIn || !isBetter) continue;
      best = edge;
      isBestIn = isIn(edge);
    }
    return best ?? 0;
  }

  /** The edges that a page view of this client should time. */
  beacon(client: number, nowMs: number, count: number, allows: (edge: number) => boolean): readonly number[] {
    return beaconEdges(this.#estimator.estimate(this.#client(client), nowMs), allows, count);
  }

  /** Learns one measurement. */
  learn(client: number, edge: number, rttMs: number, nowMs: number): void {
    learn(this.#model, { client: this.#client(client), edge, rttMs, kind: "beacon" }, nowMs);
  }

  #client(client: number): RouteClient {
    return this.clients[client] ?? { prefix: undefined, place: undefined };
  }
}

function routeClientOf(client: ScenarioClient, index: number): RouteClient {
  const { ip, at, country, areaKm, network } = client;
  const prefix = (ip === undefined ? undefined : prefixKeyOf(ip)) ?? OWN_PREFIX_BASE + index;
  return { prefix, place: { at, country, areaKm }, network };
}
