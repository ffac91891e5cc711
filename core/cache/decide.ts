/** What to do with a request, given what is stored: the one decision of a cache, as a value with its reason. */
import { type RequestDirectives, requestDirectives } from "../http/cache-control.ts";
import { evaluatePreconditions, hasValidator } from "../http/conditional.ts";
import { hasField, type RequestHead } from "../http/fields.ts";
import { selects } from "../http/vary.ts";
import { ageSeconds } from "./freshness.ts";
import type { ForwardReason, Outcome } from "./outcome.ts";
import type { CacheRules } from "./rules.ts";
import type { StoredResponse } from "./stored.ts";

/** The decision. `edge/serve.ts` holds the only switch over it. */
export type Decision<B> =
  /** Fresh: answer from the store; `notModified` when the client's copy is equal. */
  | { readonly kind: "hit"; readonly stored: StoredResponse<B>; readonly notModified: boolean }
  /** Stale but servable; refresh behind it when `refresh`. */
  | {
      readonly kind: "stale";
      readonly stored: StoredResponse<B>;
      readonly notModified: boolean;
      readonly outcome: Extract<Outcome, "stale-while-revalidate" | "stale-allowed">;
      readonly refresh: boolean;
    }
  /** Ask the origin whether the stored response is still good. */
  | { readonly kind: "revalidate"; readonly stored: StoredResponse<B>; readonly forward: ForwardReason }
  /** Nothing usable: fetch, and share with whoever asks meanwhile. `stale`: what may serve if the origin fails. */
  | { readonly kind: "fill"; readonly forward: ForwardReason; readonly stale: StoredResponse<B> | undefined }
  /** Forward alone; the cache has no part in it. */
  | { readonly kind: "pass"; readonly forward: ForwardReason; readonly outcome: PassOutcome }
  /** Answer ourselves with an error. */
  | { readonly kind: "refuse"; readonly status: number; readonly outcome: Extract<Outcome, "only-if-cached"> };

/** Why a request has nothing to do with the cache. */
export type PassOutcome = Extract<Outcome, "pass-method" | "pass-request" | "pass-range">;

/** Decides. `variants` are what is stored under the request's key, newest first. */
export function decide<B>(
  request: RequestHead,
  variants: readonly StoredResponse<B>[],
  rules: CacheRules,
  nowMs: number,
): Decision<B> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { kind: "pass", forward: "method", outcome: "pass-method" };
  }
  const wishes = requestDirectives(request.fields);
  const stored = newest(variants.filter((variant) => selects(request.fields, variant.varyOn, variant.head.fields)));
  if (stored === undefined) return decideWithout(request, variants.length > 0, wishes);
  const reuse = judgeReuse(stored, request, wishes, rules, nowMs);
  switch (reuse) {
    case "fresh":
      return decideUsable(request, stored, nowMs, (notModified) => ({ kind: "hit", stored, notModified }));
    case "stale-while-revalidate":
    case "stale-allowed":
      return decideUsable(request, stored, nowMs, (notModified) => ({
        kind: "stale",
        stored,
        notModified,
        outcome: reuse,
        refresh: reuse === "stale-while-revalidate",
      }));
    case "stale":
    case "request":
      if (wishes.onlyIfCached) return { kind: "refuse", status: 504, outcome: "only-if-cached" };
      if (hasValidator(stored.head.fields)) return { kind: "revalidate", stored, forward: reuse };
      return { kind: "fill", forward: reuse, stale: stored };
  }
}

function decideWithout<B>(request: RequestHead, otherVariants: boolean, wishes: RequestDirectives): Decision<B> {
  // Parts of what is not stored whole may be stored: who answers ranges knows that, and heeds only-if-cached.
  if (hasField(request.fields, "range")) return { kind: "pass", forward: "partial", outcome: "pass-range" };
  if (wishes.onlyIfCached) return { kind: "refuse", status: 504, outcome: "only-if-cached" };
  return { kind: "fill", forward: otherVariants ? "vary-miss" : "uri-miss", stale: undefined };
}

/** A usable response meets the client's preconditions; those that only the origin can judge go to the origin. */
function decideUsable<B>(
  request: RequestHead,
  stored: StoredResponse<B>,
  nowMs: number,
  answer: (notModified: boolean) => Decision<B>,
): Decision<B> {
  const verdict = evaluatePreconditions(request.fields, stored.head.fields, nowMs);
  if (verdict === "ask-origin") return { kind: "pass", forward: "request", outcome: "pass-request" };
  return answer(verdict === "not-modified" && stored.head.status === 200);
}

type Reuse = "fresh" | "stale-while-revalidate" | "stale-allowed" | "stale" | "request";

function judgeReuse<B>(
  stored: StoredResponse<B>,
  request: RequestHead,
  wishes: RequestDirectives,
  rules: CacheRules,
  nowMs: number,
): Reuse {
  const { freshness } = stored;
  const age = ageSeconds(freshness, stored.responseAtMs, nowMs);
  const remaining = freshness.lifetimeSeconds - age;
  if (freshness.alwaysRevalidate) return "stale";
  // A guess at freshness does not hold for users with cookies: their page may be another one.
  if (freshness.source === "heuristic" && hasField(request.fields, "cookie")) return "request";
  const heeded = rules.profile === "rfc9111";
  if (heeded && wishes.noCache) return "request";
  if (heeded && wishes.maxAgeSeconds !== undefined && age > wishes.maxAgeSeconds && !wishes.maxStaleSeconds) {
    return "request";
  }
  if (heeded && wishes.minFreshSeconds !== undefined && remaining < wishes.minFreshSeconds) return "request";
  if (remaining > 0) return "fresh";
  if (freshness.neverStale) return "stale";
  if (-remaining < freshness.staleWhileRevalidateSeconds) return "stale-while-revalidate";
  if (heeded && wishes.maxStaleSeconds !== undefined && -remaining <= wishes.maxStaleSeconds) return "stale-allowed";
  return "stale";
}

/** Several variants may match (Vary can change over time): the most recent wins (RFC 9111 §4.1). */
function newest<B>(variants: readonly StoredResponse<B>[]): StoredResponse<B> | undefined {
  let best: StoredResponse<B> | undefined;
  for (const variant of variants) {
    if (best === undefined || variant.responseAtMs > best.responseAtMs) best = variant;
  }
  return best;
}

/** Whether a stored response may stand in when the origin fails (RFC 9111 §4.2.4, RFC 5861 §4). */
export function mayServeOnError<B>(stored: StoredResponse<B>, nowMs: number): boolean {
  const { freshness } = stored;
  const staleForSeconds = ageSeconds(freshness, stored.responseAtMs, nowMs) - freshness.lifetimeSeconds;
  if (staleForSeconds < 0) return !freshness.alwaysRevalidate;
  return !freshness.neverStale && staleForSeconds < freshness.staleIfErrorSeconds;
}
