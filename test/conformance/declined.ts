/** Tests that we do not pass, each with the reason: the RFC's sentence, or the profile's choice. */

/** Declined in both profiles: optimal tests that ask for what the RFC forbids. */
export const DECLINED: Readonly<Record<string, string>> = {
  "conditional-lm-fresh-no-lm":
    "RFC 9110 §13.1.3: a recipient MUST ignore the If-Modified-Since header field if the resource does not have a modification date available.",
};

const PARTIAL =
  "RFC 9110 §15.3.7.2 and RFC 9111 §3.3: the response says bytes 4-9 of 10 and carries five bytes; a body that does not match its Content-Range is incomplete and MUST NOT be used as if it were complete, nor is what it holds known.";

/** Declined in both profiles: partial responses whose Content-Range contradicts their body. */
export const DECLINED_PARTIAL: Readonly<Record<string, string>> = {
  "partial-store-partial-reuse-partial": PARTIAL,
  "partial-store-partial-reuse-partial-byterange": PARTIAL,
  "partial-store-partial-reuse-partial-absent": PARTIAL,
  "partial-store-partial-reuse-partial-suffix": PARTIAL,
  "partial-store-partial-complete":
    "RFC 9111 §3.3: a cache MAY complete a stored incomplete response by a range request; the test asks the origin for bytes=5- although the client asked for the whole and the origin answered another range than it was asked for (bytes=-5, answered with 0-4).",
};

/** Declined in `safe` only: what the profile refuses on purpose (docs/conformance.md). */
export const DECLINED_SAFE: Readonly<Record<string, string>> = {
  "headers-store-Set-Cookie":
    "RFC 9111 §7.3 leaves it to the cache: a response with Set-Cookie is not stored, so that no user gets another one's cookie.",
  "other-set-cookie": "The same: not stored, unless a site rule says so.",
  "headers-store-Transfer-Encoding":
    "RFC 9112 §6.1 has a recipient that does not understand a transfer coding answer 501; an origin that sends one gets 502 and is not relayed (FAULTS R02).",
};

const AGE =
  "The older edition wants a response with an unreadable Age to be stale. RFC 9111 §5.1: the field SHOULD be ignored then, and of several members the first is used; the newest edition asks for exactly that (age-parse-*), and we pass it there.";
const OWN_ERROR =
  "The older edition looks for the origin's request counter on the error that a cache makes when the origin is gone, where it cannot be; the newest edition asks for its absence, and we pass it there.";

/** Declined in the packaged edition only: tests that the newest edition has corrected. */
export const DECLINED_PACKAGED: Readonly<Record<string, string>> = {
  "age-parse-nonnumeric": AGE,
  "age-parse-negative": AGE,
  "age-parse-float": AGE,
  "age-parse-prefix-twoline": AGE,
  "age-parse-dup-0": AGE,
  "age-parse-dup-0-twoline": AGE,
  "age-parse-dup-old": AGE,
  "age-parse-parameter": AGE,
  "age-parse-numeric-parameter": AGE,
  "stale-close-must-revalidate": OWN_ERROR,
  "stale-close-proxy-revalidate": OWN_ERROR,
  "stale-close-no-cache": OWN_ERROR,
  "stale-close-s-maxage=2": OWN_ERROR,
  "304-etag-update-response-ETag":
    "RFC 9111 §4.3.4: a 304 updates stored responses with the same strong validator. This one carries another entity tag than we asked about, so it speaks of another representation and the response is fetched whole (FAULTS R11). The newest edition only records the behaviour.",
};
