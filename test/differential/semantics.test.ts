/** Our decision against http-cache-semantics: every difference has a name and a reason, or the test fails. */
import CachePolicy from "http-cache-semantics";
import { expect, it } from "vitest";
import { admit } from "../../core/cache/admit.ts";
import { decide } from "../../core/cache/decide.ts";
import { DEFAULT_CACHE_RULES } from "../../core/cache/rules.ts";
import type { FieldLine, RequestHead } from "../../core/http/fields.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { START_MS, type Triple, tripleOf } from "./triples.ts";

const TRIPLES = 100_000;
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

it(`agrees with http-cache-semantics on ${TRIPLES} triples, but for differences that have a name`, () => {
  let bothReuse = 0;
  const unnamed: string[] = [];
  const named = new Map<string, number>();
  for (let seed = 1; seed <= TRIPLES; seed += 1) {
    const triple = tripleOf(seed);
    const we = ours(triple);
    const they = theirs(triple);
    if (we.reused && they.reused) bothReuse += 1;
    if (we.reused === they.reused) continue;
    const difference = KNOWN_DIFFERENCES.find(
      (known) => known.only === (we.reused ? "we reuse" : "they reuse") && known.applies(triple),
    );
    if (difference === undefined)
      unnamed.push(`${we.reused ? "only we" : "only they"} reuse: ${JSON.stringify(triple)}`);
    else named.set(difference.name, (named.get(difference.name) ?? 0) + 1);
  }
  expect(unnamed.slice(0, 5), `${unnamed.length} differences without a name`).toEqual([]);
  expect(bothReuse / TRIPLES, "share that both store and reuse").toBeGreaterThan(0.3);
  const unused = KNOWN_DIFFERENCES.filter((known) => !named.has(known.name)).map((known) => known.name);
  expect(unused, "named differences that never occur").toEqual([]);
}, 60_000);
