/** Our decision against that of http-cache-semantics, over many seeded triples. */
import CachePolicy from "http-cache-semantics";
import { admit } from "../../core/cache/admit.ts";
import { decide } from "../../core/cache/decide.ts";
import { DEFAULT_CACHE_RULES } from "../../core/cache/rules.ts";
import type { FieldLine, RequestHead } from "../../core/http/fields.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { START_MS, type Triple, tripleOf } from "./triples.ts";

const RULES = { ...DEFAULT_CACHE_RULES, profile: "rfc9111" } as const;

/** Stored, and reused for the second request without asking the origin. */
interface Verdict {
  readonly stored: boolean;
  readonly reused: boolean;
}

const headOf = (message: Triple["first"]): RequestHead => ({
  method: message.method,
  scheme: "http",
  authority: "a.test",
  target: "/",
  fields: message.fields,
});

function ours({ first, response, second, laterMs }: Triple): Verdict {
  const times = { requestAtMs: START_MS, responseAtMs: START_MS };
  const admission = admit({
    request: headOf(first),
    response,
    times,
    rules: RULES,
    closeDelimited: false,
    limits: { varyFieldsMax: 4, tagsPerResponseMax: 128, tagsPerResponseMaxBytes: 8192 },
  });
  if (admission.kind === "refused") return { stored: false, reused: false };
  const stored = { ...admission, ...times, body: { bytes: 0, open: () => "" } };
  const { kind } = decide(headOf(second), [stored], RULES, START_MS + laterMs);
  return { stored: true, reused: kind === "hit" || kind === "stale" };
}

function theirs({ first, response, second, laterMs }: Triple): Verdict {
  const headers = (lines: readonly FieldLine[]): Record<string, string> => {
    const joined: Record<string, string> = {};
    for (const [name, value] of lines) joined[name] = joined[name] === undefined ? value : `${joined[name]}, ${value}`;
    return { ...joined, host: "a.test" };
  };
  let nowMs = START_MS;
  // The library reads the clock through a method: this is its way to control time.
  class At extends CachePolicy {
    override now(): number {
      return nowMs;
    }
  }
  const policy = new At(
    { method: first.method, url: "/", headers: headers(first.fields) },
    { status: response.status, headers: headers(response.fields) },
    { shared: true, cacheHeuristic: 0.1 },
  );
  nowMs = START_MS + laterMs;
  const stored = policy.storable();
  const request = { method: second.method, url: "/", headers: headers(second.fields) };
  return { stored, reused: stored && policy.satisfiesWithoutRevalidation(request) };
}

/** What a comparison came to. */
export interface Comparison {
  readonly triples: number;
  /** Stored and reused by both. */
  readonly bothReuse: number;
  /** How often each named difference occurred. */
  readonly named: ReadonlyMap<string, number>;
  readonly unnamedCount: number;
  /** The first differences that have no name. */
  readonly unnamed: readonly string[];
  /** Named differences that never occurred. */
  readonly unused: readonly string[];
}

const UNNAMED_SHOWN_MAX = 5;

/** Compares the triples of seeds 1 to `triples`; `pause` is called now and then, and may throw to stop. */
export async function compare(triples: number, pause: (done: number) => Promise<void>): Promise<Comparison> {
  let bothReuse = 0;
  let unnamedCount = 0;
  const unnamed: string[] = [];
  const named = new Map<string, number>();
  for (let seed = 1; seed <= triples; seed += 1) {
    const triple = tripleOf(seed);
    const we = ours(triple);
    const they = theirs(triple);
    if (we.reused && they.reused) bothReuse += 1;
    if (seed % PAUSE_AFTER_TRIPLES === 0) await pause(seed);
    if (we.reused === they.reused) continue;
    const only = we.reused ? "we reuse" : "they reuse";
    const difference = KNOWN_DIFFERENCES.find((known) => known.only === only && known.applies(triple));
    if (difference !== undefined) {
      named.set(difference.name, (named.get(difference.name) ?? 0) + 1);
      continue;
    }
    unnamedCount += 1;
    if (unnamed.length < UNNAMED_SHOWN_MAX) unnamed.push(`only ${only}: ${JSON.stringify(triple)}`);
  }
  const unused = KNOWN_DIFFERENCES.filter((known) => !named.has(known.name)).map((known) => known.name);
  return { triples, bothReuse, named, unnamedCount, unnamed, unused };
}

const PAUSE_AFTER_TRIPLES = 50_000;
