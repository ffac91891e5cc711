/** The hours under load: requests, probes and events in the order of their times. */
import { Requests } from "./load.ts";
import { Probing } from "./probing.ts";
import { rounded } from "./quality.ts";
import type { LoadPlan, ScenarioEvent } from "./scenario.ts";
import type { Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** One edge that failed. */
export interface Failover {
  readonly edge: string;
  /** From the failure until no new user was sent there, or until it was mended or the run ended. */
  readonly outOfRotationMs: number;
  /** Requests that were sent there and failed; a router that proxies asks the next edge for them. */
  readonly failedRequests: number;
}

/** What the load showed. */
export interface LoadResult {
  /** The most loaded edge against the mean of all, both for their capacity; 1 without load. */
  readonly maxLoadRatio: number;
  readonly switchesPerClientHour: number;
  readonly failover: readonly Failover[];
}

interface Failing {
  readonly sinceMs: number;
  outMs: number | undefined;
}

/** One run. */
export class LoadRun {
  readonly #world: World;
  readonly #probing: Probing;
  readonly #requests: Requests;
  readonly #load: LoadPlan;
  readonly #startMs: number;
  readonly #failing = new Map<number, Failing>();
  readonly #failover: Failover[] = [];

  constructor(world: World, subject: Subject, load: LoadPlan, startMs: number) {
    this.#world = world;
    this.#load = load;
    this.#startMs = startMs;
    this.#probing = new Probing(world, startMs, (edge, isIn, nowMs) => {
      const failing = this.#failing.get(edge);
      if (failing !== undefined && !isIn) failing.outMs ??= nowMs - failing.sinceMs;
    });
    this.#requests = new Requests(world, subject, this.#probing, load);
  }

  /** Runs to the end of the load. */
  run(): LoadResult {
    const endMs = this.#startMs + this.#load.durationMs;
    const { events, edges, clients } = this.#world.scenario;
    let requestMs = this.#startMs + this.#requests.nextGapMs();
    for (let index = 0; ; ) {
      const event = events[index];
      const eventMs = event === undefined ? Number.POSITIVE_INFINITY : this.#startMs + event.atMs;
      const nowMs = Math.min(requestMs, eventMs, this.#probing.nextMs);
      if (nowMs > endMs) break;
      if (event !== undefined && eventMs <= nowMs) {
        index += 1;
        this.#happen(event, nowMs);
      } else if (requestMs <= nowMs) {
        this.#requests.send(nowMs);
        requestMs = nowMs + this.#requests.nextGapMs();
      } else this.#probing.advance(nowMs);
    }
    for (const edge of [...this.#failing.keys()]) this.#mended(edge, endMs);
    const clientHours = (clients.length * this.#load.durationMs) / 3_600_000;
    const perEdge = this.#requests.counts.perEdge;
    return {
      maxLoadRatio: rounded(highestOverMean(edges.map(({ capacity }, edge) => (perEdge[edge] ?? 0) / capacity))),
      switchesPerClientHour: rounded(this.#requests.counts.switches / clientHours),
      failover: this.#failover,
    };
  }

  /** Whether the router would send a new user to an edge now. */
  isIn(edge: number): boolean {
    return this.#probing.isIn(edge);
  }

  #happen(event: ScenarioEvent, nowMs: number): void {
    const { edge, set } = event;
    if (set === "up") this.#mended(edge, nowMs);
    this.#world.happen(event);
    const fails = set === "down" || set === "blackhole";
    if (fails && !this.#failing.has(edge)) {
      this.#failing.set(edge, { sinceMs: nowMs, outMs: this.#probing.isIn(edge) ? undefined : 0 });
    }
  }

  #mended(edge: number, nowMs: number): void {
    const failing = this.#failing.get(edge);
    if (failing === undefined) return;
    this.#failing.delete(edge);
    const { failed } = this.#requests.counts;
    this.#failover.push({
      edge: this.#world.scenario.edges[edge]?.id ?? "",
      outOfRotationMs: rounded(failing.outMs ?? nowMs - failing.sinceMs),
      failedRequests: failed[edge] ?? 0,
    });
    failed[edge] = 0;
  }
}

function highestOverMean(loads: readonly number[]): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return mean === 0 ? 1 : Math.max(...loads) / mean;
}
