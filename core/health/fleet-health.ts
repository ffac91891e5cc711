/** The health of all edges of a fleet as one observer sees it: takes what is heard, tells what routing may rely on. */
import type { Position } from "../ledger/position.ts";
import {
  type DownReason,
  type EdgeHealth,
  type Evidence,
  observeEdge,
  unknownEdge,
  warmthOf,
  weighEvidence,
} from "./edge-health.ts";
import type { HealthState, ProbeResult } from "./health.ts";
import type { EdgeHealthRules } from "./health-rules.ts";
import { type Heartbeat, isBehind, NO_HEAD, type ProvedHead, type Pulse, proveHead, takePulse } from "./heartbeat.ts";
import { Opinions } from "./opinions.ts";
import { isBlind, keptDespiteSuspicion } from "./removal.ts";
import { countRequest, NO_REQUESTS, type RequestSuccess, successRate } from "./request-success.ts";

/** What is known of an edge when users are routed. */
export interface EdgeCondition {
  readonly id: string;
  readonly state: HealthState;
  readonly sinceMs: number;
  readonly downBecause: DownReason | undefined;
  /** Suspect, and in rotation all the same: too many are out, or we are blind and others vouch for it. */
  readonly isKept: boolean;
  /** Share of its clients that it may have: below 1 during its slow start. */
  readonly warmth: number;
  /** Of real requests, lately. */
  readonly successRate: number;
  /** Share of its capacity in use, by its heartbeats. Undefined: it has sent none lately. */
  readonly load: number | undefined;
  /** When its last heartbeat came. */
  readonly heardAtMs: number | undefined;
  readonly isDraining: boolean;
  readonly isBehind: boolean;
}

/** What a fleet's health is made of. */
export interface FleetHealthOptions {
  readonly edges: readonly { readonly id: string; readonly region?: string | undefined }[];
  readonly rules: EdgeHealthRules;
  readonly nowMs: number;
  /** Told of every change of state. */
  onChange?(edge: string, before: HealthState, after: HealthState, nowMs: number): void;
}

/** Conditions grow old by themselves: warmth, missing heartbeats. They are worked out again after this time. */
const REFRESH_MS = 100;

interface Watched {
  readonly id: string;
  readonly region: string | undefined;
  health: EdgeHealth;
  pulse: Pulse | undefined;
  requests: RequestSuccess;
}

/** Lives as long as the observer. Every call takes the time. */
export class FleetHealth {
  readonly #options: FleetHealthOptions;
  readonly #edges: readonly Watched[];
  readonly #byId: ReadonlyMap<string, Watched>;
  readonly #opinions: Opinions;
  #head: ProvedHead = NO_HEAD;
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #isBlind = false;
  #drained: ReadonlySet<string> = new Set();
  #conditions: readonly EdgeCondition[] | undefined;
  #conditionsAtMs = 0;

  constructor(options: FleetHealthOptions) {
    this.#options = options;
    this.#edges = options.edges.map(({ id, region }) => ({
      ...{ id, region, health: unknownEdge(options.nowMs), pulse: undefined, requests: NO_REQUESTS },
    }));
    this.#byId = new Map(this.#edges.map((edge) => [edge.id, edge]));
    this.#opinions = new Opinions(options.rules);
  }

  /** Most edges fail for us although others see them well. */
  get isBlind(): boolean {
    return this.#isBlind;
  }

  /** An edge's health; undefined when there is none of this name. */
  of(id: string): EdgeHealth | undefined {
    return this.#byId.get(id)?.health;
  }

  /** A probe came back, or did not. */
  probed(id: string, result: ProbeResult, nowMs: number): void {
    const edge = this.#byId.get(id);
    if (edge === undefined) return;
    this.#become(
      edge,
      observeEdge(edge.health, result, this.#evidenceOf(edge, nowMs), nowMs, this.#options.rules),
      nowMs,
    );
    this.#weighAll(nowMs);
  }

  /**
   * A real request was answered or was not. Failures make the edge less liked; only refusals are taken for probes, since
   * many requests fail together for one reason.
   */
  requested(id: string, result: ProbeResult, nowMs: number): void {
    const edge = this.#byId.get(id);
    if (edge === undefined) return;
    edge.requests = countRequest(edge.requests, result === "ok", nowMs, this.#options.rules.successWindowMs);
    if (result === "refused") this.probed(id, result, nowMs);
  }

  /** A heartbeat arrived. */
  heard(id: string, beat: Heartbeat, nowMs: number): void {
    const edge = this.#byId.get(id);
    if (edge === undefined) return;
    edge.pulse = takePulse(edge.pulse, beat, nowMs, this.#options.rules.loadSmoothingMs);
    this.#beatAtMs = nowMs;
    this.#conditions = undefined;
  }

  /** These edges an operator wants empty, and no others, whatever their heartbeats say of themselves. */
  drained(edges: ReadonlySet<string>): void {
    this.#drained = edges;
    this.#conditions = undefined;
  }

  /** Another observer told which edges fail for it. One that is blind says so, and says nothing of edges. */
  toldBy(observer: string, failing: ReadonlySet<string> | "blind", nowMs: number): void {
    this.#opinions.take(observer, failing, nowMs);
    this.#weighAll(nowMs);
  }

  /** What other observers should be told. */
  opinion(): ReadonlySet<string> | "blind" {
    if (this.#isBlind) return "blind";
    return new Set(this.#edges.flatMap(({ id, health }) => (isFailing(health.state) ? [id] : [])));
  }

  /** The ledger has come to this position, as was proved to us. Said again every few seconds. */
  proved(head: Position, nowMs: number): void {
    this.#head = proveHead(this.#head, head, nowMs, this.#options.rules.behindGraceMs);
  }

  /** What routing may rely on now, in the order of the edges. The same array until something changes. */
  conditions(nowMs: number): readonly EdgeCondition[] {
    if (this.#conditions !== undefined && Math.abs(nowMs - this.#conditionsAtMs) < REFRESH_MS) return this.#conditions;
    this.#weighAll(nowMs);
    this.#conditions = this.#conditionsNow(nowMs);
    this.#conditionsAtMs = nowMs;
    return this.#conditions;
  }

  #conditionsNow(nowMs: number): readonly EdgeCondition[] {
    const { rules } = this.#options;
    const removable = this.#edges.map((edge) => ({
      ...{ state: this.#stateOf(edge, nowMs), sinceMs: edge.health.sinceMs, region: edge.region },
      isVouchedFor: this.#isVouchedFor(edge, nowMs),
    }));
    const kept = rules.reach === "through-us" ? undefined : keptDespiteSuspicion(removable, rules);
    return this.#edges.map((edge, index): EdgeCondition => {
      const { health, pulse } = edge;
      const vouched = removable[index]?.isVouchedFor === true && rules.reach === "by-themselves";
      return {
        ...{ id: edge.id, state: removable[index]?.state ?? health.state, sinceMs: health.sinceMs },
        downBecause: health.downBecause,
        isKept: health.state === "suspect" && (kept?.has(index) === true || (this.#isBlind && vouched)),
        warmth: warmthOf(health, nowMs, rules),
        successRate: successRate(edge.requests, nowMs, rules),
        load: this.#isFresh(pulse, nowMs) ? pulse?.load : undefined,
        heardAtMs: pulse?.heardAtMs,
        isDraining: pulse?.isDraining === true || this.#drained.has(edge.id),
        isBehind: isBehind(pulse, this.#head),
      };
    });
  }

  /** An edge that answers probes and fails its users is suspect, too. */
  #stateOf({ health, requests }: Watched, nowMs: number): HealthState {
    const { rules } = this.#options;
    const isServing = health.state === "up" || health.state === "unknown";
    return isServing && successRate(requests, nowMs, rules) < rules.successRateMin ? "suspect" : health.state;
  }

  #weighAll(nowMs: number): void {
    const { rules } = this.#options;
    this.#isBlind = isBlind(
      this.#edges.map((edge) => ({
        ...{ state: edge.health.state, sinceMs: edge.health.sinceMs, region: edge.region },
        isVouchedFor: isFailing(edge.health.state) && this.#isVouchedFor(edge, nowMs),
      })),
      rules,
    );
    for (const edge of this.#edges) {
      if (!isFailing(edge.health.state)) continue;
      this.#become(edge, weighEvidence(edge.health, this.#evidenceOf(edge, nowMs), nowMs, rules), nowMs);
    }
  }

  #become(edge: Watched, health: EdgeHealth, nowMs: number): void {
    const before = edge.health.state;
    edge.health = health;
    if (health.state === before) return;
    this.#conditions = undefined;
    this.#options.onChange?.(edge.id, before, health.state, nowMs);
  }

  #evidenceOf({ id, pulse }: Watched, nowMs: number): Evidence {
    const { rules } = this.#options;
    const channelIsAlive = nowMs - this.#beatAtMs <= rules.heartbeatMissingMs;
    const isSilent = pulse !== undefined && channelIsAlive && !this.#isFresh(pulse, nowMs);
    return { ...this.#opinions.on(id, nowMs), isSilent, isBlind: this.#isBlind };
  }

  #isFresh(pulse: Pulse | undefined, nowMs: number): boolean {
    return pulse !== undefined && nowMs - pulse.heardAtMs <= this.#options.rules.heartbeatMissingMs;
  }

  #isVouchedFor({ id, pulse }: Watched, nowMs: number): boolean {
    if (this.#isFresh(pulse, nowMs)) return true;
    const { observers, against } = this.#opinions.on(id, nowMs);
    return observers > against;
  }
}

function isFailing(state: HealthState): boolean {
  return state === "suspect" || state === "down";
}
