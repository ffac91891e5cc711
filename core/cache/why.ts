/** Why a response was not stored and why a request went forward, in words for the owner of a site. */
import type { RefusalReason } from "./admit.ts";
import type { ForwardReason } from "./outcome.ts";

/** Each with what to change when it should be stored. */
export const NOT_STORED_BECAUSE: Readonly<Record<RefusalReason, string>> = {
  method: "only answers to GET and HEAD are stored",
  status:
    "answers with this status are not stored without explicit freshness (Cache-Control: max-age, or ttlSeconds in a rule)",
  "partial-content": "a part of something whose whole is not known",
  "request-no-store": "the client asked that it not be stored (Cache-Control: no-store)",
  "no-store": "the origin forbids it (Cache-Control: no-store); a rule of the site with ttlSeconds would overrule that",
  private: "the origin says that it is for one user (Cache-Control: private)",
  authorization:
    "the request had Authorization, and the answer does not say that it may be shared (public, s-maxage, must-revalidate)",
  "cache-control-malformed": "Cache-Control cannot be read, so it is taken for no-store",
  "must-understand": "the origin wants caches to understand the status (must-understand), and this one is not known",
  "vary-star": "the answer may differ for every request (Vary: *)",
  "vary-request": "Vary names a field that makes each request its own",
  "vary-too-many": "Vary names more fields than a key may have (varyFieldsMax)",
  "page-named-like-file":
    "an HTML page under the name of a file such as .css: somebody may be tricking others into a copy of their page",
  "set-cookie":
    "the answer sets a cookie; in the profile `safe` such answers are stored only where a rule of the site says so",
  "no-freshness":
    "nothing says how long it is good for: no max-age, no Expires, no Last-Modified, and no defaultTtlSeconds for the site",
  "error-without-freshness": "an error without explicit freshness",
  "close-delimited": "its end is the end of the connection: nobody knows whether it was whole",
  "tags-over-limit": "it has more cache tags than may be kept, and a purge of one that was dropped would miss it",
};

/** RFC 9211 section 2.2, in words. */
export const FORWARD_BECAUSE: Readonly<Record<ForwardReason, string>> = {
  bypass: "the rules of the site keep it away from the cache",
  method: "its method is never answered from a cache",
  "uri-miss": "nothing is stored for its key",
  "vary-miss": "what is stored for its key is for other requests (Vary)",
  miss: "nothing that may be used is stored",
  request: "the client wants it from the origin, or its own preconditions need the origin",
  stale: "what is stored is not fresh any more",
  partial: "a part is asked for, and the whole is not stored",
};

/** The words for a reason of `not-stored`, whatever it is. */
export function notStoredBecause(reason: string): string {
  const known = Object.entries(NOT_STORED_BECAUSE).find(([name]) => name === reason)?.[1];
  if (known !== undefined) return known;
  return reason === "too-large" ? "it is larger than what the store takes" : reason;
}
