/** The suite's "check" tests: they ask what a cache does, without right or wrong. What we do and why, by group. */

/** Tests with one reason for our answers. */
export interface CheckGroup {
  readonly title: string;
  readonly reason: string;
  readonly tests: readonly string[];
}

/** Every check test of the newest edition is in exactly one group (checks.test.ts). */
export const CHECK_GROUPS: readonly CheckGroup[] = [
  {
    title: "Nothing said about freshness",
    reason: "Without freshness and without a validator there is nothing to go by, and nothing is stored (RFC 9111 §3).",
    tests: ["freshness-none"],
  },
  {
    title: "Age of a response",
    reason:
      "RFC 9111 §4.2.3 to the letter: apparent age from Date, response delay, Age on every answer from the cache. Age is a number; what has a parameter is none and is ignored (§5.1).",
    tests: ["freshness-max-age-date", "other-age-delay", "age-parse-parameter", "age-parse-numeric-parameter"],
  },
  {
    title: "A directive given twice",
    reason:
      "RFC 9111 §4.2.1 allows the first value or staleness: we take the smallest, so that no order of lines makes a response fresher than one of its authors wanted.",
    tests: [
      "freshness-max-age-two-fresh-stale-sameline",
      "freshness-max-age-two-fresh-stale-sepline",
      "freshness-max-age-two-stale-fresh-sameline",
      "freshness-max-age-two-stale-fresh-sepline",
    ],
  },
  {
    title: "The form of max-age",
    reason:
      "Both the token and the quoted form are read (RFC 9111 §5.2). With a space beside = the field cannot be read and permits nothing; a value that is no whole number makes the response stale (§4.2.1).",
    tests: [
      "freshness-max-age-quoted",
      "freshness-max-age-space-before-equals",
      "freshness-max-age-space-after-equals",
      "freshness-max-age-decimal-zero",
      "freshness-max-age-decimal-five",
      "freshness-max-age-a100",
      "freshness-max-age-100a",
    ],
  },
  {
    title: "Fields that no-cache names",
    reason: "They are not stored, and reach the client whose request fetched them (RFC 9111 §5.2.2.4).",
    tests: [
      "headers-omit-headers-listed-in-Cache-Control-no-cache-single",
      "headers-omit-headers-listed-in-Cache-Control-no-cache",
    ],
  },
  {
    title: "Stale answers when the origin fails",
    reason:
      "A stale page is better than an error, for a day unless the response or the site says otherwise (RFC 9111 §4.2.4, RFC 5861 §4). Cache-Status tells of it.",
    tests: ["stale-close", "stale-503", "stale-sie-close", "stale-sie-503"],
  },
  {
    title: "The Warning field",
    reason: "RFC 9111 §5.5 obsoletes it; Cache-Status (RFC 9211) says more.",
    tests: ["stale-warning-stored", "stale-warning-become"],
  },
  {
    title: "Heuristic freshness",
    reason:
      "A tenth of the time since Last-Modified, at most a day (RFC 9111 §4.2.2). The suite waits three seconds: after a change less than thirty seconds ago that is longer than the guess. The test with thirty is a matter of luck by design.",
    tests: [
      "heuristic-delta-5",
      "heuristic-delta-10",
      "heuristic-delta-30",
      "heuristic-delta-60",
      "heuristic-delta-300",
      "heuristic-delta-600",
      "heuristic-delta-1200",
      "heuristic-delta-1800",
      "heuristic-delta-3600",
      "heuristic-delta-43200",
      "heuristic-delta-86400",
      "other-heuristic-content-disposition-attachment",
    ],
  },
  {
    title: "A client's wishes for freshness",
    reason:
      "Advisory (RFC 9111 §5.2.1): `rfc9111` heeds them, `safe` does not, since they would let anybody send all requests past the cache.",
    tests: [
      "ccreq-ma0",
      "ccreq-ma1",
      "ccreq-magreaterage",
      "ccreq-max-stale",
      "ccreq-min-fresh",
      "ccreq-min-fresh-age",
      "ccreq-no-cache",
      "ccreq-no-cache-lm",
      "ccreq-no-cache-etag",
    ],
  },
  {
    title: "A client's max-stale for what was stale on arrival",
    reason:
      "A response that is stale when it comes and cannot be validated is not stored: it would be kept for the rare client with max-stale only.",
    tests: ["ccreq-max-stale-age"],
  },
  {
    title: "A client's no-store",
    reason:
      "It forbids to store this answer (RFC 9111 §5.2.1.5), and is not a wish to be answered by the origin: what is stored and fresh answers.",
    tests: ["ccreq-no-store"],
  },
  {
    title: "A client's only-if-cached",
    reason: "RFC 9111 §5.2.1.7: from the store, or 504.",
    tests: ["ccreq-oic"],
  },
  {
    title: "Pragma",
    reason: "Deprecated in requests and never defined in responses (RFC 9111 §5.4): it counts for nothing.",
    tests: [
      "pragma-request-no-cache",
      "pragma-request-extension",
      "pragma-response-no-cache",
      "pragma-response-no-cache-heuristic",
      "pragma-response-extension",
    ],
  },
  {
    title: "Entity tags that are not well formed",
    reason:
      "A tag is compared as it is written, byte by byte; W/ is case-sensitive (RFC 9110 §8.8.3). Tags without quotes match tags without quotes only, and are forwarded and asked with as they are. In the test with a character beyond ASCII the suite's origin sends UTF-8 and its client Latin-1: other bytes, another tag.",
    tests: [
      "conditional-etag-strong-respond-obs-text",
      "conditional-etag-quoted-respond-unquoted",
      "conditional-etag-unquoted-respond-unquoted",
      "conditional-etag-unquoted-respond-quoted",
      "conditional-etag-weak-respond-lowercase",
      "conditional-etag-weak-respond-backslash",
      "conditional-etag-weak-respond-omit-slash",
      "conditional-etag-strong-generate-unquoted",
      "conditional-etag-forward-unquoted",
    ],
  },
  {
    title: "Conditions when nothing can be used",
    reason:
      "A client's own condition goes on to the origin, whose 304 costs less than a page. The tags of other variants are not added: that would ask for what this client cannot use.",
    tests: ["conditional-etag-forward", "conditional-etag-vary-headers-mismatch"],
  },
  {
    title: "Fields that a 304 updates",
    reason:
      "RFC 9111 §3.2: all but those that describe the stored bytes; Content-Encoding, Content-MD5 and Content-Range of a 304 would be wrong for the body that is there.",
    tests: [
      "304-etag-update-response-Content-Encoding",
      "304-etag-update-response-Content-Location",
      "304-etag-update-response-Content-MD5",
      "304-etag-update-response-Content-Range",
      "304-etag-update-response-Content-Security-Policy",
      "304-etag-update-response-Content-Type",
      "304-etag-update-response-Clear-Site-Data",
      "304-etag-update-response-Expires",
      "304-etag-update-response-Public-Key-Pins",
      "304-etag-update-response-Set-Cookie2",
      "304-etag-update-response-X-Frame-Options",
      "304-etag-update-response-X-XSS-Protection",
    ],
  },
  {
    title: "Set-Cookie of a 304",
    reason:
      "`rfc9111` stores it like any field; in `safe` a response with Set-Cookie was never stored, so there is nothing to update.",
    tests: ["304-etag-update-response-Set-Cookie"],
  },
  {
    title: "Another entity tag in a 304",
    reason: "It speaks of another representation than we asked about (RFC 9111 §4.3.4): the response is fetched whole.",
    tests: ["304-etag-update-response-ETag"],
  },
  {
    title: "HEAD",
    reason:
      "One that the store cannot answer goes on as HEAD, and a 200 updates what GET stored (RFC 9111 §4.3.5). The client gets the origin's own answer, not that mixed with stored fields; a 410 says nothing about a stored 200's fields.",
    tests: ["head-writethrough", "head-200-retain", "head-200-freshness-update", "head-200-update", "head-410-update"],
  },
  {
    title: "Location and Content-Location of an unsafe request",
    reason: "RFC 9111 §4.4 allows to make them invalid on the same origin: what was just made or changed is there.",
    tests: [
      "invalidate-POST-location",
      "invalidate-PUT-location",
      "invalidate-DELETE-location",
      "invalidate-M-SEARCH-location",
      "invalidate-POST-cl",
      "invalidate-PUT-cl",
      "invalidate-DELETE-cl",
      "invalidate-M-SEARCH-cl",
    ],
  },
  {
    title: "Fields left alone",
    reason:
      "Expires and Content-Disposition are the origin's: neither is changed, and a download is a response like others.",
    tests: ["other-date-update-expires-update", "other-fresh-content-disposition-attachment"],
  },
  {
    title: "CDN-Cache-Control",
    reason:
      "RFC 9213: a structured field, so names are lower case and no space may stand beside =; one that cannot be read counts for nothing. It is passed on, since other caches of ours may stand between. Age, Date and Expires are left for the browser to judge by.",
    tests: [
      "cdn-max-age-space-before-equals",
      "cdn-max-age-space-after-equals",
      "cdn-max-age-case-insensitive",
      "cdn-remove-header",
      "cdn-remove-age-exceed",
      "cdn-date-update-exceed",
      "cdn-expires-update-exceed",
    ],
  },
];
