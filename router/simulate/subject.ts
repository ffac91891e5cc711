/** What is simulated: the router's estimates, learning and choice, as they are used in production. */
import type { EdgeCondition } from "../../core/health/fleet-health.ts";
import { beaconEdges } from "../../core/route/beacon-edges.ts";
import { type Choice, Chooser } from "../../core/route/choose.ts";
import { edgeSetOf } from "../../core/route/edge-set.ts";
import { Estimator } from "../../core/route/estimate.ts";
import { prefixKeyOf } from "../../core/route/group-key.ts";
import { LATENCY_RULES, LatencyModel, type RouteClient } from "../../core/route/latency-model.ts";
import { learn } from "../../core/route/learn.ts";
import { type Scenario, type ScenarioClient, trueRttMs } from "./scenario.ts";

/** Keys of clients without an address: above all real prefixes. */
const OWN_PREFIX_BASE = 2 ** 50;

/** A router's mind. */
export class Subject {
  readonly chooser: Chooser;
  readonly #clients: readonly RouteClient[];
  /** By client: which edges it has a path to. Undefined: all. */
  readonly #reachable: readonly (Uint8Array | undefined)[];
  readonly #model: LatencyModel;
  readonly #estimator: Estimator;

  constructor(scenario: Scenario, startMs: number) {
    const { edges, clients } = scenario;
    this.#clients = clients.map(routeClientOf);
    this.#reachable = clients.map((_, client) => reachableOf(scenario, client));
    this.#model = new LatencyModel(edgeSetOf(edges), startMs, LATENCY_RULES);
    this.#estimator = new Estimator(this.#model);
    const capacities = capacitiesOf(scenario);
    const mean = edges.reduce((sum, { capacity }) => sum + (capacity ?? 1), 0) / edges.length;
    const choosable = edges.map(({ id, capacity }, edge) => ({
      ...{ id, weight: (capacity ?? mean) / mean },
      capacityPerSecond: capacities?.[edge],
    }));
    this.chooser = new Chooser(this.#model, choosable, startMs);
  }

  /** The choice for a client who goes there. Good until the next question. */
  choose(client: number, conditions: readonly EdgeCondition[], nowMs: number): Choice {
    return this.chooser.choose(this.#question(client), conditions, nowMs);
  }

  /** The edges that a page view of this client should time. */
  beacon(client: number, nowMs: number, count: number, isWell: (edge: number) => boolean): readonly number[] {
    const allowed = this.#reachable[client];
    const estimates = this.#estimator.estimate(this.#client(client), nowMs);
    return beaconEdges(estimates, (edge) => allowed?.[edge] !== 0 && isWell(edge), count);
  }

  /** Learns one measurement. */
  learn(client: number, edge: number, rttMs: number, nowMs: number): void {
    learn(this.#model, { client: this.#client(client), edge, rttMs, kind: "beacon" }, nowMs);
  }

  #question(client: number): { readonly client: RouteClient; readonly allowed: Uint8Array | undefined } {
    return { client: this.#client(client), allowed: this.#reachable[client] };
  }

  #client(client: number): RouteClient {
    return this.#clients[client] ?? { prefix: undefined, place: undefined };
  }
}

/** Requests a second by edge; undefined where any number may come. All together less than the load: only proportions. */
export function capacitiesOf({ edges, load }: Scenario): readonly (number | undefined)[] | undefined {
  const total = edges.reduce((sum, { capacity }) => sum + (capacity ?? Number.POSITIVE_INFINITY), 0);
  return (load?.requestsPerSecond ?? 0) > total ? undefined : edges.map(({ capacity }) => capacity);
}

function reachableOf(scenario: Scenario, client: number): Uint8Array | undefined {
  const reachable = Uint8Array.from(scenario.edges, (_, edge) =>
    Number.isNaN(trueRttMs(scenario, client, edge)) ? 0 : 1,
  );
  return reachable.includes(0) ? reachable : undefined;
}

function routeClientOf(client: ScenarioClient, index: number): RouteClient {
  const { ip, at, country, areaKm, network } = client;
  const prefix = (ip === undefined ? undefined : prefixKeyOf(ip)) ?? OWN_PREFIX_BASE + index;
  return { prefix, place: { at, country, areaKm }, network };
}
