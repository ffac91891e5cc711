/**
 * The one word for what happened to a request: the same in Cache-Status, log line, metric label and test.
 * RFC 9211 §2.2's forward reasons are kept in `fwd`; the outcome says more than they can.
 */
import type { UpstreamFailure } from "../ports.ts";

/** RFC 9211 §2.2: why a request went forward. */
export type ForwardReason = "bypass" | "method" | "uri-miss" | "vary-miss" | "miss" | "request" | "stale" | "partial";

/** Every outcome, with what it means. The order is that of the documentation. */
export const OUTCOMES = {
  hit: "a stored response was fresh and answered",
  "hit-not-modified": "a stored response was fresh and the client's copy equal to it: 304",
  "hit-range": "a stored response was fresh and part of it was asked for: 206",
  "hit-range-unsatisfiable": "a stored response was fresh and the range asked for lies outside it: 416",
  "stale-while-revalidate": "a stale response answered; it is being refreshed behind it (RFC 5861 §3)",
  "stale-if-error": "the origin failed; a stale response answered (RFC 5861 §4, RFC 9111 §4.2.4)",
  "stale-if-slow":
    "the origin has not answered for as long as the site waits (`staleAfterMs`); a stale response answered, and the origin goes on being asked",
  "stale-allowed": "the client accepts stale responses (max-stale) and got one",
  revalidated: "a stale response was confirmed by the origin (304) and answered",
  "revalidated-changed": "a stale response was replaced by what the origin sent",
  stored: "nothing usable was stored; the origin answered and the answer was stored",
  "stored-variant-dropped":
    "as stored, but the key has too many variants (Vary): the one unused for longest was dropped for it",
  "not-stored": "nothing usable was stored; the origin answered and the answer may not be stored",
  "fills-full":
    "nothing usable was stored; the bodies on their way hold as much memory as they may, so the answer is shared but not stored",
  collapsed: "another request was already fetching this; its answer was shared",
  "waiters-full": "too many requests wait for another's fetch of this already: 503, come back later",
  "pass-method": "the method is never answered from a cache; forwarded",
  "pass-range": "a range of something not stored; forwarded",
  "pass-request": "the client's own directives or the site's rules keep this request away from the cache; forwarded",
  "pass-long-key": "the key would be longer than `cacheKeyMaxBytes`; forwarded, and the answer not stored",
  "hit-for-pass": "the answer for this key is known not to be storable; forwarded without waiting",
  "rule-redirect": "a rule of the site answered with a redirect",
  "rule-preflight": "a rule of the site answered a CORS preflight",
  "rule-maintenance": "the site is closed by a rule for now",
  "only-if-cached": "the client wants a stored response only and there is none: 504",
  "origin-refused": "no origin accepted a connection: 502",
  "origin-unreachable": "the origin's name could not be resolved: 502",
  "origin-tls": "TLS with the origin failed: its certificate is not good for its name, or it wants one of ours: 502",
  "origin-reset": "the origin broke the connection before its answer was whole: 502",
  "origin-malformed": "the origin's answer is not HTTP that may be relayed: 502",
  "origin-error":
    "the origin answered an error (5xx) to the request that this one waited for, and nothing stored may be served: the same status",
  "origin-timeout": "the origin gave no answer in time: 504",
  "origin-forbidden": "the origin's address is private and not allowed: 502",
  "origin-busy": "the origin has as many requests as it may have, and nothing came free in time: 503",
  "origin-unavailable": "the origin failed so often that it is not asked for a while: 503",
  "bad-request": "the request is malformed: 400",
  "client-timeout": "the request did not come in time: 408",
  overloaded: "this node has more to do than it can: 503, come back later",
  "rate-limited": "the client's address asks more often than it may: 429, come back later",
  "unknown-site": "no site has this host name: 421",
  "method-refused": "the method is not served here (TRACE, CONNECT, PURGE; writing to a bucket): 405",
  "too-large": "a limit on the request was exceeded: 413, 414 or 431",
  "loop-detected": "the request has been here before (CDN-Loop): 508",
  "reserved-path": "answered by the edge itself: what lies under /.antipode/, and `OPTIONS *`",
  proxied: "a router passed the request to an edge, whose answer it relayed",
  redirected: "a router sent the client to an edge",
  "no-edge": "no edge answered the router: 502",
  "client-left": "the client went away before there was an answer",
  "internal-error": "a bug of ours: 500",
} as const satisfies Record<string, string>;

/** One of the closed list. */
export type Outcome = keyof typeof OUTCOMES;

/** The outcome of a request that the listener answered by itself. */
export function outcomeOfRefusal(status: number): Outcome {
  if (status === 500) return "internal-error";
  if (status === 405) return "method-refused";
  if (status === 408) return "client-timeout";
  if (status === 503) return "overloaded";
  return status === 413 || status === 414 || status === 431 ? "too-large" : "bad-request";
}

/** The status of an upstream failure: 504 when time ran out, 503 when it was not even asked, else 502. */
export function statusOfFailure(failure: UpstreamFailure): 502 | 503 | 504 {
  if (failure === "busy" || failure === "unavailable") return 503;
  return failure === "connect-timeout" || failure === "first-byte-timeout" ? 504 : 502;
}

/** The outcome of an upstream failure, when nothing stored may be served instead. */
export function outcomeOfFailure(failure: UpstreamFailure): Outcome {
  switch (failure) {
    case "refused":
      return "origin-refused";
    case "unresolved":
      return "origin-unreachable";
    case "tls":
      return "origin-tls";
    case "reset":
      return "origin-reset";
    case "malformed":
      return "origin-malformed";
    case "connect-timeout":
    case "first-byte-timeout":
      return "origin-timeout";
    case "forbidden-address":
      return "origin-forbidden";
    case "busy":
      return "origin-busy";
    case "unavailable":
      return "origin-unavailable";
    case "cancelled":
      return "client-left";
  }
}
