/** Requests while the clock runs and things happen: who is sent where, what fails, how the load lies, who moves. */
import type { Choice } from "../../core/route/choose.ts";
import { VERDICT } from "../../core/route/verdict.ts";
import { Arrivals } from "./arrivals.ts";
import { Balance } from "./balance.ts";
import type { LoadMeter } from "./load-meter.ts";
import type { LoadPlan } from "./scenario.ts";
import type { Subject } from "./subject.ts";
import type { Watching } from "./watching.ts";
import type { World } from "./world.ts";

/** Edges that a router asks for one request that it proxies: the chosen one and two more. */
const ATTEMPTS = 3;

/** What became of a request. */
export interface Answered {
  readonly client: number;
  /** The edge that answered; undefined: none did. */
  readonly edge: number | undefined;
  readonly choice: Choice;
}

/** Sends requests one by one. */
export class Requests {
  readonly balance: Balance;
  /** Requests that the chosen edge failed, by edge: those that another edge answered, and all others. */
  readonly retried: Float64Array;
  readonly failed: Float64Array;
  switches = 0;
  /** Requests that went to an edge known to be down while one was up. Never above 0. */
  toDownEdges = 0;
  readonly #world: World;
  readonly #subject: Subject;
  readonly #meter: LoadMeter;
  readonly #previous: Int32Array;
  /** Weights of the clients, added up. */
  readonly #sums: Float64Array;
  readonly #arrivals: Arrivals;

  constructor(world: World, subject: Subject, meter: LoadMeter, load: LoadPlan) {
    const { clients, edges } = world.scenario;
    this.#world = world;
    this.#subject = subject;
    this.#meter = meter;
    this.balance = new Balance(edges.map(({ capacity }) => capacity ?? 1));
    this.retried = new Float64Array(edges.length);
    this.failed = new Float64Array(edges.length);
    this.#previous = new Int32Array(clients.length).fill(-1);
    this.#sums = new Float64Array(clients.length);
    let sum = 0;
    for (const [index, { weight }] of clients.entries()) {
      sum += weight;
      this.#sums[index] = sum;
    }
    this.#arrivals = new Arrivals(load, clients.length / 60);
  }

  /** How long it is to the next request, from so long after the load began. */
  nextGapMs(offsetMs: number): number {
    return this.#arrivals.gapMs(offsetMs, this.#world.random.next());
  }

  /** One request of some client. */
  send(watching: Watching, nowMs: number): Answered {
    const client = this.#someClient();
    const conditions = watching.conditions(nowMs);
    const choice = this.#subject.choose(client, conditions, nowMs);
    const { edge } = choice;
    if (edge < 0) return { client, edge: undefined, choice };
    const previous = this.#previous[client] ?? -1;
    if (previous >= 0 && previous !== edge) this.switches += 1;
    this.#previous[client] = edge;
    this.balance.count(choice, this.#subject.chooser.assigned, nowMs);
    if (
      conditions[edge]?.state === "down" &&
      choice.verdicts.some((verdict) => verdict < VERDICT.suspect && verdict !== 1)
    ) {
      this.toDownEdges += 1;
    }
    const answered = this.#ask(watching, choice, nowMs);
    if (answered !== undefined && this.#world.random.next() < this.#world.scenario.learn.beaconShare) {
      this.#beacon(watching, client, nowMs);
    }
    return { client, edge: answered, choice };
  }

  #ask(watching: Watching, { edge }: Choice, nowMs: number): number | undefined {
    const { chooser } = this.#subject;
    const isProxy = this.#world.scenario.mode === "proxy";
    for (const asked of isProxy ? chooser.order(ATTEMPTS) : [edge]) {
      chooser.assigned.add(asked, nowMs);
      this.#meter.add(asked, nowMs);
      const serves = this.#world.serves(asked);
      if (isProxy) watching.requested(asked, serves ? "ok" : this.#failureOf(asked), nowMs);
      if (!serves) continue;
      if (asked !== edge) this.retried[edge] = (this.retried[edge] ?? 0) + 1;
      return asked;
    }
    this.failed[edge] = (this.failed[edge] ?? 0) + 1;
    return undefined;
  }

  #failureOf(edge: number): "refused" | "failed" {
    return this.#world.answeringOf(edge) === "refuses" ? "refused" : "failed";
  }

  #beacon(watching: Watching, client: number, nowMs: number): void {
    const { learn } = this.#world.scenario;
    if (learn.pageViewsPerClient === 0) return;
    const conditions = watching.conditions(nowMs);
    const isWell = (edge: number) => conditions[edge]?.state !== "down" && conditions[edge]?.isDraining !== true;
    for (const edge of this.#subject.beacon(client, nowMs, learn.beaconEdges, isWell)) {
      if (this.#world.serves(edge)) this.#subject.learn(client, edge, this.#world.measureMs(client, edge), nowMs);
    }
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
