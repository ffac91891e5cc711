/** The world outside of the decision: true round trips with noise, and which edges answer. */
import { SeededRandom } from "./random.ts";
import { type Scenario, type ScenarioEvent, trueRttMs } from "./scenario.ts";

/** How an edge meets those who ask it. */
export type Answering = "answers" | "refuses" | "silent" | "cut";

/** The truth, now. */
export class World {
  readonly scenario: Scenario;
  readonly random: SeededRandom;
  readonly #answering: Answering[];
  readonly #drained: boolean[];
  readonly #addMs: Float64Array;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.random = new SeededRandom(scenario.seed);
    this.#answering = scenario.edges.map(() => "answers");
    this.#drained = scenario.edges.map(() => false);
    this.#addMs = new Float64Array(scenario.edges.length);
  }

  /** Lets an event happen. `up` ends everything that was wrong. */
  happen({ edge, set, addMs }: ScenarioEvent): void {
    switch (set) {
      case "down":
        this.#answering[edge] = "refuses";
        break;
      case "blackhole":
        this.#answering[edge] = "silent";
        break;
      case "cut":
        this.#answering[edge] = "cut";
        break;
      case "slow":
        this.#addMs[edge] = addMs;
        break;
      case "drain":
        this.#drained[edge] = true;
        break;
      case "up":
        this.#answering[edge] = "answers";
        this.#drained[edge] = false;
        this.#addMs[edge] = 0;
    }
  }

  /** Whether an edge answers. */
  answeringOf(edge: number): Answering {
    return this.#answering[edge] ?? "silent";
  }

  /** Whether an operator wants no new users on an edge. */
  isDrained(edge: number): boolean {
    return this.#drained[edge] ?? false;
  }

  /** Whether clients get an answer from an edge: what the router cannot reach, those whom it proxies cannot either. */
  serves(edge: number): boolean {
    const answering = this.answeringOf(edge);
    return answering === "answers" || (answering === "cut" && this.scenario.mode === "redirect");
  }

  /** Whether an edge serves and no operator is against it. */
  takesUsers(edge: number): boolean {
    return this.serves(edge) && !this.isDrained(edge);
  }

  /** Whether there is a path from a client to an edge. */
  isReachable(client: number, edge: number): boolean {
    return !Number.isNaN(trueRttMs(this.scenario, client, edge));
  }

  /** What a round trip takes now, without noise. */
  rttMs(client: number, edge: number): number {
    return trueRttMs(this.scenario, client, edge) + (this.#addMs[edge] ?? 0);
  }

  /** One measurement: noise only adds. */
  measureMs(client: number, edge: number): number {
    return this.rttMs(client, edge) + Math.abs(this.random.normal()) * this.scenario.jitterMs;
  }

  /** The best that could be done for a client: among the edges that answer and take users, if there are any. */
  best(client: number): { readonly edge: number; readonly rttMs: number } {
    const healthy = this.#lowest(client, (edge) => this.takesUsers(edge));
    return healthy ?? this.#lowest(client, () => true) ?? { edge: 0, rttMs: Number.NaN };
  }

  #lowest(client: number, allows: (edge: number) => boolean): { edge: number; rttMs: number } | undefined {
    let best: { edge: number; rttMs: number } | undefined;
    for (let edge = 0; edge < this.#answering.length; edge += 1) {
      const rttMs = this.rttMs(client, edge);
      if (!Number.isNaN(rttMs) && rttMs < (best?.rttMs ?? Number.POSITIVE_INFINITY) && allows(edge))
        best = { edge, rttMs };
    }
    return best;
  }
}
