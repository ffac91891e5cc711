/** Requests while the clock runs and things happen: who is sent where, what fails, how the load lies, who moves. */
import type { Probing } from "./probing.ts";
import type { LoadPlan } from "./scenario.ts";
import type { Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** What is counted of a run of requests. */
export interface LoadCounts {
  /** Requests that each edge got. */
  readonly perEdge: Float64Array;
  /** Requests that failed, by edge, since the edge's last failure began. */
  readonly failed: Float64Array;
  switches: number;
}

/** Sends requests one by one. */
export class Requests {
  readonly counts: LoadCounts;
  readonly #world: World;
  readonly #subject: Subject;
  readonly #probing: Probing;
  readonly #previous: Int32Array;
  /** Weights of the clients, added up. */
  readonly #sums: Float64Array;
  readonly #gapMs: number;

  constructor(world: World, subject: Subject, probing: Probing, { requestsPerSecond }: LoadPlan) {
    const { clients, edges } = world.scenario;
    this.#world = world;
    this.#subject = subject;
    this.#probing = probing;
    this.#previous = new Int32Array(clients.length).fill(-1);
    this.#sums = new Float64Array(clients.length);
    let sum = 0;
    for (const [index, { weight }] of clients.entries()) {
      sum += weight;
      this.#sums[index] = sum;
    }
    this.#gapMs = 1000 / (requestsPerSecond ?? clients.length / 60);
    this.counts = { perEdge: new Float64Array(edges.length), failed: new Float64Array(edges.length), switches: 0 };
  }

  /** How long it is to the next request. */
  nextGapMs(): number {
    return -Math.log(1 - this.#world.random.next()) * this.#gapMs;
  }

  /** One request of some client. */
  send(nowMs: number): void {
    const client = this.#someClient();
    const edge = this.#subject.choose(client, nowMs, {
      isIn: (edge) => this.#probing.isIn(edge),
      isReachable: (edge) => this.#world.isReachable(client, edge),
    });
    const previous = this.#previous[client] ?? -1;
    if (previous >= 0 && previous !== edge) this.counts.switches += 1;
    this.#previous[client] = edge;
    this.counts.perEdge[edge] = (this.counts.perEdge[edge] ?? 0) + 1;
    const condition = this.#world.conditionOf(edge);
    if (condition !== "answers") {
      this.counts.failed[edge] = (this.counts.failed[edge] ?? 0) + 1;
      this.#probing.report(edge, condition === "refuses" ? "refused" : "failed", nowMs);
    } else if (this.#world.random.next() < this.#world.scenario.learn.beaconShare) this.#beacon(client, nowMs);
  }

  #beacon(client: number, nowMs: number): void {
    const { learn } = this.#world.scenario;
    if (learn.pageViewsPerClient === 0) return;
    for (const edge of this.#subject.beacon(client, nowMs, learn.beaconEdges, (edge) => this.#mayGo(client, edge))) {
      if (this.#world.conditionOf(edge) !== "answers") continue;
      this.#subject.learn(client, edge, this.#world.measureMs(client, edge), nowMs);
    }
  }

  #mayGo(client: number, edge: number): boolean {
    return this.#world.isReachable(client, edge) && this.#probing.isIn(edge);
  }

  #someClient(): number {
    const wanted = this.#world.random.next() * (this.#sums.at(-1) ?? 0);
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
