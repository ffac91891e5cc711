/** The hours under load: requests, probes and events in the order of their times. */
import type { EdgeCondition } from "../../core/health/fleet-health.ts";
import { LoadMeter } from "./load-meter.ts";
import { rounded } from "./quality.ts";
import { type Answered, Requests } from "./requests.ts";
import type { LoadPlan, ScenarioEvent } from "./scenario.ts";
import { capacitiesOf, type Subject } from "./subject.ts";
import { Watching } from "./watching.ts";
import type { World } from "./world.ts";

/** One edge that failed. */
export interface Failover {
  readonly edge: string;
  /** From the failure until no new user was sent there, or until it was mended or the run ended. */
  readonly outOfRotationMs: number;
  /** Requests that were sent there and got no answer from any edge. */
  readonly failedRequests: number;
  /** Requests that failed there and were answered by the next edge. */
  readonly retriedRequests: number;
}

/** What the load showed. */
export interface LoadResult {
  /** The load of an edge that got requests against the mean of the edges as good for those who sent them; of the worst edge. */
  readonly maxLoadRatio: number;
  readonly switchesPerClientHour: number;
  readonly failover: readonly Failover[];
  /** Edges that were thought down although they were not. */
  readonly falseDowns: number;
}

/** Looks on. */
export interface Observer {
  /** A request has been answered, or not. */
  answered?(answered: Answered, nowMs: number): void;
  /** Before a request: what is believed of the edges. */
  believed?(conditions: readonly EdgeCondition[], nowMs: number): void;
}

interface Failing {
  readonly sinceMs: number;
  outMs: number | undefined;
}

/** One run. */
export class LoadRun {
  readonly #world: World;
  readonly #watching: Watching;
  readonly #requests: Requests;
  readonly #load: LoadPlan;
  readonly #startMs: number;
  readonly #failing = new Map<number, Failing>();
  readonly #failover: Failover[] = [];
  readonly #observer: Observer;
  #falseDowns = 0;

  constructor(world: World, subject: Subject, load: LoadPlan, startMs: number, observer: Observer = {}) {
    this.#world = world;
    this.#load = load;
    this.#startMs = startMs;
    this.#observer = observer;
    const meter = new LoadMeter(capacitiesOf(world.scenario) ?? [], startMs);
    const loadOf = (edge: number, nowMs: number) => meter.loadOf(edge, nowMs);
    this.#watching = new Watching(world, startMs, loadOf, (edge, state, nowMs) => {
      if (state === "down" && world.answeringOf(edge) === "answers") this.#falseDowns += 1;
      const failing = this.#failing.get(edge);
      if (failing !== undefined && (state === "down" || state === "suspect")) failing.outMs ??= nowMs - failing.sinceMs;
    });
    this.#requests = new Requests(world, subject, meter, load);
  }

  /** Runs to the end of the load. */
  run(): LoadResult {
    const endMs = this.#startMs + this.#load.durationMs;
    const { events, clients } = this.#world.scenario;
    let requestMs = this.#startMs + this.#requests.nextGapMs(0);
    for (let index = 0; ; ) {
      const event = events[index];
      const eventMs = event === undefined ? Number.POSITIVE_INFINITY : this.#startMs + event.atMs;
      const nowMs = Math.min(requestMs, eventMs, this.#watching.nextMs);
      if (nowMs > endMs) break;
      if (event !== undefined && eventMs <= nowMs) {
        index += 1;
        this.#happen(event, nowMs);
      } else if (requestMs <= nowMs) {
        this.#observer.believed?.(this.#watching.conditions(nowMs), nowMs);
        const answered = this.#requests.send(this.#watching, nowMs);
        this.#observer.answered?.(answered, nowMs);
        requestMs = nowMs + this.#requests.nextGapMs(nowMs - this.#startMs);
      } else this.#watching.advance(nowMs);
    }
    for (const edge of [...this.#failing.keys()]) this.#mended(edge, endMs);
    const clientHours = (clients.length * this.#load.durationMs) / 3_600_000;
    return {
      maxLoadRatio: rounded(this.#requests.balance.highestRatio()),
      switchesPerClientHour: rounded(this.#requests.switches / clientHours),
      failover: this.#failover,
      falseDowns: this.#falseDowns,
    };
  }

  /** What the router believes of its edges. */
  conditions(nowMs: number): readonly EdgeCondition[] {
    return this.#watching.conditions(nowMs);
  }

  #happen(event: ScenarioEvent, nowMs: number): void {
    const { edge, set } = event;
    if (set === "up") this.#mended(edge, nowMs);
    this.#world.happen(event);
    if (this.#world.serves(edge) || this.#failing.has(edge)) return;
    const state = this.#watching.conditions(nowMs)[edge]?.state;
    const isOut = state === "suspect" || state === "down";
    this.#failing.set(edge, { sinceMs: nowMs, outMs: isOut ? 0 : undefined });
  }

  #mended(edge: number, nowMs: number): void {
    const failing = this.#failing.get(edge);
    if (failing === undefined) return;
    this.#failing.delete(edge);
    const { failed, retried } = this.#requests;
    this.#failover.push({
      edge: this.#world.scenario.edges[edge]?.id ?? "",
      outOfRotationMs: rounded(failing.outMs ?? nowMs - failing.sinceMs),
      failedRequests: failed[edge] ?? 0,
      retriedRequests: retried[edge] ?? 0,
    });
    failed[edge] = 0;
    retried[edge] = 0;
  }
}
