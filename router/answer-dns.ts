/** Answering by DNS: the addresses of the best edge and of one elsewhere, for the network that the asker's client is in. */
import { answerTtlSeconds, type TtlRules } from "../core/dns/answer-ttl.ts";
import type { RouteAddresses, RoutedAddresses } from "../core/dns/resolve.ts";
import type { EdgeCondition } from "../core/health/fleet-health.ts";
import { parseAddress } from "../core/net/address.ts";
import { prefixKeyOf } from "../core/route/group-key.ts";
import type { Decider } from "./decider.ts";
import type { RouterEdge } from "./router.ts";

/** What the answers are made of. */
export interface DnsAnswerOptions {
  readonly edges: readonly RouterEdge[];
  readonly decider: Pick<Decider, "decide">;
  readonly ttl: TtlRules;
  conditions(nowMs: number): readonly EdgeCondition[];
}

/** A decision holds for clients of one /24, or /48: that is what is learned of (`prefixKeyOf`). */
const SCOPE_BITS = { 4: 24, 6: 48 } as const;
/** As many edges are looked at for those that have an address of the wanted family. */
const CANDIDATES_MAX = 16;
/** The same network gets the same answer for this time. */
const DECISION_MS = 1_000;
/** Networks and hosts whose decision is kept, twice over. */
const DECISIONS_MAX = 20_000;
/** Addresses of one answer: the best edge, and one for when that has just died. */
const ADDRESSES_MAX = 2;

/** Lives as long as the router. */
export class DnsAnswers {
  readonly #options: DnsAnswerOptions;
  readonly #addresses: ReadonlyMap<string, { readonly 4: string | undefined; readonly 6: string | undefined }>;
  readonly #edgesOfFamily: { readonly 4: number; readonly 6: number };
  #made = new Map<string, RoutedAddresses>();
  #madeAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DnsAnswerOptions) {
    this.#options = options;
    this.#addresses = new Map(
      options.edges.map(({ id, addresses = [] }) => [id, { 4: firstOf(addresses, 4), 6: firstOf(addresses, 6) }]),
    );
    const having = (family: 4 | 6) => [...this.#addresses.values()].filter((one) => one[family] !== undefined).length;
    this.#edgesOfFamily = { 4: having(4), 6: having(6) };
  }

  /** Chooses for a client, of which only the network counts. */
  route(clientAddress: string, nowMs: number): RouteAddresses {
    return (host, family) => {
      if (this.#edgesOfFamily[family] === 0) return { addresses: [], scopeBits: 0, ttlSeconds: 0 };
      const key = `${prefixKeyOf(clientAddress) ?? ""} ${family} ${host}`;
      if (Math.abs(nowMs - this.#madeAtMs) >= DECISION_MS || this.#made.size >= DECISIONS_MAX) {
        this.#made = new Map();
        this.#madeAtMs = nowMs;
      }
      let made = this.#made.get(key);
      if (made === undefined) {
        made = this.#decided(clientAddress, host, family, nowMs);
        this.#made.set(key, made);
      }
      return made;
    };
  }

  #decided(clientAddress: string, host: string, family: 4 | 6, nowMs: number): RoutedAddresses {
    const { decider } = this.#options;
    const { edges } = decider.decide({ clientAddress, authority: host }, CANDIDATES_MAX, nowMs);
    const able = edges.filter(({ id }) => this.#addresses.get(id)?.[family] !== undefined);
    const [best] = able;
    const conditions = this.#options.conditions(nowMs);
    const spare = best && able.find((edge) => edge !== best && isElsewhere(edge, best) && isWell(edge.id, conditions));
    const chosen = [best, spare].slice(0, ADDRESSES_MAX);
    return {
      addresses: [...new Set(chosen.flatMap((edge) => (edge && this.#addresses.get(edge.id)?.[family]) ?? []))],
      scopeBits: this.#scopeBits(clientAddress, family),
      ttlSeconds: this.#ttlSeconds(conditions, nowMs),
    };
  }

  /** Where there is but one edge to name, its address holds for everybody. */
  #scopeBits(clientAddress: string, family: 4 | 6): number {
    const clientFamily = parseAddress(clientAddress)?.family;
    return clientFamily === undefined || this.#edgesOfFamily[family] < 2 ? 0 : SCOPE_BITS[clientFamily];
  }

  #ttlSeconds(conditions: readonly EdgeCondition[], nowMs: number): number {
    const changedAtMs = conditions.reduce((latest, { sinceMs }) => Math.max(latest, sinceMs), 0);
    return answerTtlSeconds(this.#options.ttl, changedAtMs, conditions.every(isInGoodHealth), nowMs);
  }
}

function firstOf(addresses: readonly string[], family: 4 | 6): string | undefined {
  return addresses.find((address) => parseAddress(address)?.family === family);
}

/** In another place: what takes one of them down leaves the other. */
function isElsewhere(one: RouterEdge, other: RouterEdge): boolean {
  if (one.region !== undefined && other.region !== undefined) return one.region !== other.region;
  return one.at === undefined || other.at === undefined || one.at.join() !== other.at.join();
}

function isWell(id: string, conditions: readonly EdgeCondition[]): boolean {
  return conditions.some((condition) => condition.id === id && isInGoodHealth(condition));
}

function isInGoodHealth({ state, isDraining, isBehind }: EdgeCondition): boolean {
  return state === "up" && !isDraining && !isBehind;
}
