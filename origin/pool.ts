/** The origin pool of one site: who is asked next, how many at once, who waits, and when a request may be repeated. */
import type { Cancellation } from "../core/cancellation.ts";
import type { HealthState, ProbeResult } from "../core/health/health.ts";
import type { Clock } from "../core/ports.ts";
import { chooseServer } from "./choose-server.ts";
import {
  type AttemptResult,
  PoolServer,
  type ServerLimits,
  type ServerPolicy,
  type ServerStatus,
} from "./pool-server.ts";
import { RetryBudget, type RetryBudgetLimits } from "./retry-budget.ts";

/** The bounds of every pool of an edge. */
export interface PoolLimits {
  readonly server: ServerLimits;
  readonly retries: RetryBudgetLimits;
  /** Requests that wait until a server has room, and how long they do. */
  readonly queueMax: number;
  readonly queueWaitMs: number;
}

/** The pool as the site has it. */
export interface PoolPolicy {
  readonly origins: readonly ServerPolicy[];
  /** Requests of this edge that one server gets at a time. */
  readonly maxConnections: number;
  /** Without any head for so long, while requests wait, a server is silent; 0: never. */
  readonly staleAfterMs: number;
}

/** Why no server may be asked: no room and no place in the queue, all breakers open, or the client left meanwhile. */
export type NoServer = "busy" | "unavailable" | "cancelled";

/** Leave to send one request to one server. */
export interface Lease {
  readonly server: PoolServer;
  /** What came of it; the first call counts. */
  ended(result: AttemptResult): void;
  /** It takes no more room there: its body has ended, or it failed. The first call counts. */
  over(): void;
}

/** One request that looks for a server. */
export interface Seeker {
  readonly tried: ReadonlySet<PoolServer>;
  readonly cancellation: Cancellation;
}

/** Totals of a pool since the start. */
export interface PoolCounts {
  /** Repeated attempts, and those that the budget did not allow. */
  readonly retries: number;
  readonly retriesRefused: number;
  /** Requests turned away: no room, breaker open. */
  readonly busy: number;
  readonly unavailable: number;
  readonly waiting: number;
}

interface Waiter {
  readonly seeker: Seeker;
  settle(found: Lease | NoServer): void;
}

/** Lives as long as the edge serves the site; a new config keeps what is known of servers that stay. */
export class Pool {
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #budget: RetryBudget;
  readonly #waiters = new Set<Waiter>();
  readonly #counts = { retries: 0, retriesRefused: 0, busy: 0, unavailable: 0 };
  #servers: readonly PoolServer[] = [];
  #maxConnections = 1;
  #staleAfterMs = 0;

  constructor(policy: PoolPolicy, limits: PoolLimits, clock: Clock) {
    this.#clock = clock;
    this.#limits = limits;
    this.#budget = new RetryBudget(limits.retries);
    this.adopt(policy);
  }

  get servers(): readonly PoolServer[] {
    return this.#servers;
  }

  /** Takes a new policy over. */
  adopt({ origins, maxConnections, staleAfterMs }: PoolPolicy): void {
    this.#staleAfterMs = staleAfterMs;
    const known = new Map(this.#servers.map((server) => [keyOf(server.policy), server]));
    this.#maxConnections = maxConnections;
    this.#servers = origins.map((policy) => {
      const server = known.get(keyOf(policy));
      if (server === undefined) return new PoolServer(policy, this.#limits.server, this.#clock.nowMs());
      known.delete(keyOf(policy));
      server.policy = policy;
      return server;
    });
    this.#pump();
  }

  /** Requests that its servers have now and have not begun to answer. */
  get unanswered(): number {
    return this.#servers.reduce((sum, server) => sum + server.silence.unanswered, 0);
  }

  /** Whether all servers that may be asked have stopped answering: whoever asks now waits in vain. */
  isSilent(): boolean {
    const nowMs = this.#clock.nowMs();
    const asked = this.#servers.filter((server) => server.breaker.admits(nowMs));
    return asked.length > 0 && asked.every((server) => server.silence.isSilent(nowMs, this.#staleAfterMs));
  }

  /** Counts a request; its retries are measured against it. */
  request(): void {
    this.#budget.request(this.#clock.nowMs());
  }

  /** Whether a failed attempt may be repeated elsewhere; takes it out of the budget. */
  takeRetry(tried: ReadonlySet<PoolServer>): boolean {
    if (this.#servers.every((server) => tried.has(server))) return false;
    const isAllowed = this.#budget.take(this.#clock.nowMs());
    this.#counts[isAllowed ? "retries" : "retriesRefused"] += 1;
    return isAllowed;
  }

  /** A server at once if there is one, later if one may come free, or why not. */
  acquire(seeker: Seeker): Lease | NoServer | Promise<Lease | NoServer> {
    const found = this.#waiters.size === 0 || seeker.tried.size > 0 ? this.#find(seeker) : undefined;
    if (found !== undefined) return this.#counted(found);
    // A repeated attempt does not wait: others behind it might go elsewhere, and it has an answer already.
    if (seeker.tried.size > 0 || this.#waiters.size >= this.#limits.queueMax) return this.#counted("busy");
    return this.#wait(seeker);
  }

  /** What an active check of a server found out. */
  checked(server: PoolServer, result: ProbeResult): boolean {
    const changed = server.checked(result, this.#clock.nowMs());
    if (changed) this.#pump();
    return changed;
  }

  status(): { readonly servers: readonly ServerStatus[]; readonly counts: PoolCounts } {
    const nowMs = this.#clock.nowMs();
    const counts = { ...this.#counts, waiting: this.#waiters.size };
    return { servers: this.#servers.map((server) => server.status(nowMs)), counts };
  }

  /** Undefined: there is none now, but there may be one soon. */
  #find({ tried }: Seeker): Lease | "unavailable" | undefined {
    const nowMs = this.#clock.nowMs();
    const ground = { nowMs, chance: this.#clock.random(), maxInFlight: this.#maxConnections, tried };
    const choice = chooseServer(this.#servers, ground);
    if (choice.kind === "server") return this.#lease(choice.server, nowMs);
    return choice.kind === "full" ? undefined : "unavailable";
  }

  #lease(server: PoolServer, nowMs: number): Lease {
    const isProbe = server.begin(nowMs);
    const pending = server.silence.sent(nowMs);
    let hasEnded = false;
    let isOver = false;
    return {
      server,
      ended: (result) => {
        if (hasEnded) return;
        hasEnded = true;
        const at = { nowMs: this.#clock.nowMs(), afterMs: this.#staleAfterMs };
        server.silence.ended(pending, result === "ok" || result === "unwell" ? "heard" : result, at);
        server.ended(result, isProbe, { nowMs: at.nowMs, mayEject: this.#servers.length > 1 });
      },
      over: () => {
        if (isOver) return;
        isOver = true;
        server.inFlight -= 1;
        this.#pump();
      },
    };
  }

  #wait(seeker: Seeker): Promise<Lease | NoServer> {
    return new Promise((resolve) => {
      const stops: (() => void)[] = [];
      const waiter: Waiter = {
        seeker,
        settle: (found) => {
          this.#waiters.delete(waiter);
          for (const stop of stops) stop();
          resolve(this.#counted(found));
        },
      };
      this.#waiters.add(waiter);
      stops.push(this.#clock.after(this.#limits.queueWaitMs, () => waiter.settle("busy")));
      stops.push(seeker.cancellation.onCancel(() => waiter.settle("cancelled")));
    });
  }

  /** Lets those in who waited longest, as far as there is room. */
  #pump(): void {
    for (const waiter of this.#waiters) {
      const found = this.#find(waiter.seeker);
      if (found === undefined) return;
      waiter.settle(found);
    }
  }

  #counted(found: Lease | NoServer): Lease | NoServer {
    if (found === "busy" || found === "unavailable") this.#counts[found] += 1;
    return found;
  }
}

/** The state a server of `status` is in, as one word. */
export function stateOf(status: ServerStatus): HealthState | "ejected" | "resting" {
  if (status.breaker !== "closed") return "resting";
  return status.isEjected ? "ejected" : status.health;
}

function keyOf({ target }: ServerPolicy): string {
  return `${target.scheme}://${target.host}:${target.port}`;
}
