/** Tests that we do not pass, each with the sentence that decides it and the scenario of what we do instead. */

/** Why one test is declined. */
export interface Declined {
  /** Where the sentence stands, for example "RFC 9110 §13.1.3". Empty when there is none and only `why` speaks. */
  readonly source: string;
  /** The sentence, word for word. */
  readonly sentence: string;
  /** What it means for the test. */
  readonly why: string;
  /** The name of the scenario (test/scenario) that shows what we do instead. */
  readonly scenario: string;
}

/** Declined tests by id. */
export type DeclinedTests = Readonly<Record<string, Declined>>;

/** Declined in both profiles: an optimal test that asks for what the RFC forbids. */
export const DECLINED: DeclinedTests = {
  "conditional-lm-fresh-no-lm": {
    source: "RFC 9110 §13.1.3",
    sentence:
      "A recipient MUST ignore the If-Modified-Since header field if the resource does not have a modification date available.",
    why: "The stored response has no Last-Modified, so we answer 200 where the test wants 304.",
    scenario: "If-Modified-Since is ignored where the response has no modification date",
  },
};

const CONTRADICTION: Declined = {
  source: "RFC 9111 §3.3",
  sentence:
    "A cache MUST NOT use an incomplete response to answer requests unless the response has been made complete, or the request is partial and specifies a range wholly within the incomplete response.",
  why: "The origin's 206 says bytes 4-9 of 10 and carries five bytes, so nobody knows which byte is missing and no range is known to lie within it; three of the four tests ask for byte 9, which never came. A partial answer is relayed and not stored.",
  scenario: "a 206 is relayed and never stored, whatever it says about itself",
};

/** Declined in both profiles: partial responses whose Content-Range contradicts their body. */
export const DECLINED_PARTIAL: DeclinedTests = {
  "partial-store-partial-reuse-partial": CONTRADICTION,
  "partial-store-partial-reuse-partial-byterange": CONTRADICTION,
  "partial-store-partial-reuse-partial-absent": CONTRADICTION,
  "partial-store-partial-reuse-partial-suffix": CONTRADICTION,
  "partial-store-partial-complete": {
    source: "RFC 9111 §3.4",
    sentence:
      "A cache MAY combine these ranges into a single stored response, and reuse that response to satisfy later requests, if they all share the same strong validator and the cache complies with the client requirements in Section 15.3.7.3 of [HTTP].",
    why: "The test's responses have no validator at all, so what bytes=5- would bring could not be combined with what is there; the origin is asked for the whole.",
    scenario: "after a 206 the next request for the whole asks the origin for the whole",
  },
};

const COOKIES: Declined = {
  source: "RFC 9111 §7.3",
  sentence:
    "Servers that wish to control caching of these responses are encouraged to emit appropriate Cache-Control response header fields.",
  why: "Many servers do not: in `safe` a response with Set-Cookie is not stored unless a site rule says so, so that no user gets another one's cookie.",
  scenario: "Set-Cookie keeps a response out of the store in safe, and does not in rfc9111",
};

/** Declined in `safe` only: what the profile refuses on purpose (docs/conformance.md). */
export const DECLINED_SAFE: DeclinedTests = {
  "headers-store-Set-Cookie": COOKIES,
  "other-set-cookie": COOKIES,
  "304-etag-update-response-Set-Cookie": COOKIES,
  "headers-store-Transfer-Encoding": {
    source: "RFC 9112 §6.1",
    sentence:
      "A server that receives a request message with a transfer coding it does not understand SHOULD respond with 501 (Not Implemented).",
    why: "The test's origin sends a Transfer-Encoding that no one understands. The RFC has no such sentence for responses; `safe` gives 502 rather than guess where the body ends (request and response splitting).",
    scenario: "an origin's answer that is not HTTP is 502",
  },
};

const AGE: Declined = {
  source: "RFC 9111 §5.1",
  sentence:
    "If the field value (after discarding additional members, as per above) is invalid (e.g., it contains something other than a non-negative integer), a cache SHOULD ignore the field.",
  why: "The older edition wants a response with an unreadable or repeated Age to be stale; the RFC has the field ignored or its first member used, and the newest edition asks for that. We pass it there.",
  scenario: "an Age that cannot be read is ignored, of several the first counts",
};
const OWN_ERROR: Declined = {
  source: "",
  sentence: "",
  why: "The older edition looks for the origin's request counter on the error that a cache makes when the origin is gone, where it cannot be; the newest edition asks for its absence, and we pass it there.",
  scenario: "is never served stale when the origin said %s",
};

/** Declined in the packaged edition only: tests that the newest edition has corrected. */
export const DECLINED_PACKAGED: DeclinedTests = {
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
  "304-etag-update-response-ETag": {
    source: "RFC 9111 §4.3.4",
    sentence:
      "If none of the initial set contains at least one of the same strong validators, then the cache MUST NOT use the new response to update any stored responses.",
    why: "The 304 carries another strong entity tag than we asked about: the response is fetched whole. The newest edition only records the behaviour.",
    scenario: "is not believed: the origin is asked once more, without conditions",
  },
};

const INTERIM = "Workers have no 1xx: the platform gives a Worker the final response only, and sends none on.";
const SEARCH =
  "The platform answers methods that it does not know by itself, with 501: M-SEARCH never reaches a Worker.";

/** Declined on Workers: what the platform keeps from a Worker. */
export const DECLINED_WORKERS: Readonly<Record<string, string>> = {
  "interim-102": INTERIM,
  "interim-103": INTERIM,
  "interim-not-cached": INTERIM,
  "interim-no-header-reuse": INTERIM,
  "invalidate-M-SEARCH": SEARCH,
  "invalidate-M-SEARCH-failed": SEARCH,
};

/** Declined on Workers in the packaged edition too: a test that the newest edition only records. */
export const DECLINED_WORKERS_PACKAGED: Readonly<Record<string, string>> = {
  "invalidate-M-SEARCH-cl": SEARCH,
};
