/** Seeded (request, response, later request) triples, biased towards what is stored and reused. */
import type { FieldLine } from "../../core/http/fields.ts";

/** One case: a first exchange, then a second request some time later. */
export interface Triple {
  readonly seed: number;
  readonly first: { readonly method: string; readonly fields: readonly FieldLine[] };
  readonly response: { readonly status: number; readonly fields: readonly FieldLine[] };
  readonly second: { readonly method: string; readonly fields: readonly FieldLine[] };
  readonly laterMs: number;
}

/** When the first exchange takes place. */
export const START_MS = Date.UTC(2026, 0, 1, 12, 0, 0);

/** A small, fast, seeded generator (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The triple of a seed. */
export function tripleOf(seed: number): Triple {
  const random = seeded(seed);
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(...options: readonly [T, ...T[]]): T => options[Math.floor(random() * options.length)] ?? options[0];
  const date = (offsetSeconds: number): string => new Date(START_MS + offsetSeconds * 1000).toUTCString();

  const shared: FieldLine[] = [];
  if (chance(0.3)) shared.push(["accept-language", pick("en", "de", "en, de", "de, en")]);
  if (chance(0.3)) shared.push(["x-color", pick("red", "blue", "red, blue", "red,blue")]);
  const first: FieldLine[] = [...shared];
  if (chance(0.08)) first.push(["authorization", "Basic x"]);
  if (chance(0.05)) first.push(["cache-control", pick("no-store", "no-cache", "max-age=0")]);

  const response: FieldLine[] = [];
  if (chance(0.95)) response.push(["date", date(pick(0, 0, 0, 0, -5, -5, -100, 30))]);
  const directives = cacheControl(chance, pick);
  if (directives.length > 0) response.push(["cache-control", directives.join(pick(", ", ",", " , "))]);
  if (chance(0.2)) response.push(["expires", pick(date(60), date(-60), date(3600), "0", "nonsense")]);
  if (chance(0.3)) response.push(["last-modified", date(pick(-10, -1000, -100_000, -10_000_000))]);
  if (chance(0.3)) response.push(["etag", pick('"a"', 'W/"b"')]);
  if (chance(0.2)) response.push(["age", pick("0", "5", "5", "100", "junk", "100000")]);
  if (chance(0.2)) response.push(["vary", pick("accept-language", "x-color", "x-color, accept-language", "*")]);
  if (chance(0.05)) response.push(["set-cookie", "a=b"]);

  const second: FieldLine[] = chance(0.85) ? [...shared] : [];
  if (chance(0.1)) second.push(["x-color", pick("red", "blue", "red, blue")]);
  if (chance(0.12)) {
    second.push([
      "cache-control",
      pick(
        "no-cache",
        "max-age=10",
        "max-age=1000",
        "min-fresh=20",
        "max-stale=50",
        "max-stale",
        "max-age=10, max-stale=100",
      ),
    ]);
  }
  return {
    seed,
    first: { method: chance(0.9) ? "GET" : pick("HEAD", "POST"), fields: first },
    response: { status: chance(0.85) ? 200 : pick(203, 204, 301, 302, 404, 410, 500, 503, 599), fields: response },
    second: { method: chance(0.9) ? "GET" : "HEAD", fields: second },
    laterMs: (chance(0.8) ? pick(0, 1, 5, 5) : pick(59, 61, 200, 4000, 100_000)) * 1000,
  };
}

function cacheControl(
  chance: (probability: number) => boolean,
  pick: <T>(...options: readonly [T, ...T[]]) => T,
): string[] {
  const directives: string[] = [];
  if (chance(0.85))
    directives.push(`max-age=${pick("3600", "3600", "3600", "86400", "60", "0", "10", '"60"', "junk")}`);
  if (chance(0.2)) directives.push(`s-maxage=${pick("3600", "3600", "60", "0")}`);
  if (chance(0.2)) directives.push("public");
  if (chance(0.04)) directives.push(pick("private", 'private="x"'));
  if (chance(0.04)) directives.push("no-store");
  if (chance(0.04)) directives.push(pick("no-cache", 'no-cache="x"'));
  if (chance(0.06)) directives.push(pick("must-revalidate", "proxy-revalidate"));
  if (chance(0.05)) directives.push("immutable");
  if (chance(0.05)) directives.push("must-understand");
  if (chance(0.1))
    directives.push(pick("extension", 'ext="max-age=1"', "stale-while-revalidate=30", "stale-if-error=30"));
  return directives;
}
