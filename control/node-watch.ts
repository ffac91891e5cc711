/** Asks every node how it is, over and over, and remembers what changed. */
import type { Clock } from "../core/ports.ts";
import { isObject, memberOf, numberOf, textOf, type WatchedNode } from "./watched-nodes.ts";

/** How a node is. `unknown`: never asked, or it has no admin listener. */
export type NodeHealth = "up" | "draining" | "down" | "unknown";

/** What a node says about its work; each part may be missing. */
export interface NodeFigures {
  readonly requests: number | undefined;
  readonly hits: number | undefined;
  readonly entries: number | undefined;
  readonly bytes: number | undefined;
  readonly maxBytes: number | undefined;
  readonly upSinceMs: number | undefined;
}

/** A node and what is known of it. */
export interface NodeState {
  readonly node: WatchedNode;
  readonly health: NodeHealth;
  readonly healthSinceMs: number;
  readonly figures: NodeFigures;
  /** For an edge: what the router thinks of it. */
  readonly routerSays: string | undefined;
}

/** One change of a node's health. */
export interface HealthChange {
  readonly atMs: number;
  readonly id: string;
  readonly from: NodeHealth;
  readonly to: NodeHealth;
}

/** The answer of an admin listener: a status, and the parsed body where it was JSON. */
export interface AdminAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** Asks one admin URL; undefined when nobody answers in time. Never rejects. */
export type AskAdmin = (url: string) => Promise<AdminAnswer | undefined>;

/** Changes remembered. */
export const CHANGES_MAX = 50;
/** Between two rounds. */
const ROUND_MS = 1_000;

const NOTHING_KNOWN: NodeFigures = {
  requests: undefined,
  hits: undefined,
  entries: undefined,
  bytes: undefined,
  maxBytes: undefined,
  upSinceMs: undefined,
};

/** The watch over one fleet. */
export class NodeWatch {
  readonly #clock: Clock;
  readonly #ask: AskAdmin;
  #states: NodeState[];
  #changes: HealthChange[] = [];
  #cancelRound: () => void = () => {};
  #closed = false;

  constructor(options: { readonly nodes: readonly WatchedNode[]; readonly clock: Clock; readonly ask: AskAdmin }) {
    this.#clock = options.clock;
    this.#ask = options.ask;
    const healthSinceMs = options.clock.nowMs();
    this.#states = options.nodes.map((node) => ({
      node,
      health: "unknown",
      healthSinceMs,
      figures: NOTHING_KNOWN,
      routerSays: undefined,
    }));
  }

  /** As of the last round. */
  get states(): readonly NodeState[] {
    return this.#states;
  }

  /** The latest changes, newest first. */
  get changes(): readonly HealthChange[] {
    return this.#changes;
  }

  /** Asks all now, and again a second after each round. */
  async run(): Promise<void> {
    await this.round();
    if (!this.#closed) this.#cancelRound = this.#clock.after(ROUND_MS, () => void this.run());
  }

  /** Stops asking. */
  close(): void {
    this.#closed = true;
    this.#cancelRound();
  }

  /** Asks every node once. */
  async round(): Promise<void> {
    const answers = await Promise.all(this.#states.map((state) => this.#askNode(state.node)));
    const routerAnswer = answers.find((_, index) => this.#states[index]?.node.role === "router");
    const nowMs = this.#clock.nowMs();
    this.#states = this.#states.map((state, index) => {
      const { health, status } = answers[index] ?? { health: "unknown", status: undefined };
      if (health !== state.health) this.#remember({ atMs: nowMs, id: state.node.id, from: state.health, to: health });
      return {
        node: state.node,
        health,
        healthSinceMs: health === state.health ? state.healthSinceMs : nowMs,
        figures: status === undefined ? state.figures : figuresOf(status),
        routerSays: state.node.role === "edge" ? routersView(routerAnswer?.status, state.node.id) : undefined,
      };
    });
  }

  async #askNode(node: WatchedNode): Promise<{ readonly health: NodeHealth; readonly status: unknown }> {
    const { adminUrl } = node;
    if (adminUrl === undefined) return { health: "unknown", status: undefined };
    const [live, ready, status] = await Promise.all([
      this.#ask(`${adminUrl}/livez`),
      this.#ask(`${adminUrl}/readyz`),
      this.#ask(`${adminUrl}/status.json`),
    ]);
    if (live?.status !== 200) return { health: "down", status: undefined };
    // A node that has no /readyz is ready when it lives.
    const health = ready?.status === 200 || ready?.status === 404 ? "up" : "draining";
    return { health, status: status?.status === 200 ? status.json : undefined };
  }

  #remember(change: HealthChange): void {
    this.#changes = [change, ...this.#changes].slice(0, CHANGES_MAX);
  }
}

function figuresOf(status: unknown): NodeFigures {
  return {
    requests: numberOf(status, "requests"),
    hits: numberOf(status, "hits"),
    entries: numberOf(status, "entries"),
    bytes: numberOf(status, "bytes"),
    maxBytes: numberOf(status, "maxBytes"),
    upSinceMs: numberOf(status, "upSinceMs") ?? numberOf(status, "startedAtMs"),
  };
}

/** The router lists its edges as an object by id or as a list of objects with an id; either is read. */
function routersView(status: unknown, id: string): string | undefined {
  const edges = memberOf(status, "edges");
  const edge = Array.isArray(edges) ? edges.find((one: unknown) => textOf(one, "id") === id) : memberOf(edges, id);
  if (typeof edge === "string") return edge;
  const health = memberOf(edge, "health");
  return textOf(edge, "health") ?? textOf(edge, "state") ?? (isObject(health) ? textOf(health, "state") : undefined);
}
