/** Where the profile `safe` departs from what RFC 9111 lets a cache do, and what both profiles chose where it leaves a choice. */

/** One departure or choice. */
export interface Choice {
  readonly what: string;
  readonly source: string;
  /** The RFC's sentence, word for word; empty where none speaks of it. */
  readonly sentence: string;
  readonly reason: string;
  /** The name of a scenario that shows it. */
  readonly scenario: string;
}

/** The departures of `safe`. `rfc9111` has none of them. */
export const SAFE_DEPARTURES: readonly Choice[] = [
  {
    what: "A response with Set-Cookie is not stored, unless a site rule says so; then the field is left out.",
    source: "RFC 9111 §7.3",
    sentence: "Note that the Set-Cookie response header field [COOKIE] does not inhibit caching",
    reason:
      "Many servers send a session cookie with a cacheable page. One such page in a shared cache gives away sessions.",
    scenario: "Set-Cookie keeps a response out of the store in safe, and does not in rfc9111",
  },
  {
    what: "A client's no-cache, max-age, min-fresh and max-stale are not heeded; no-store and only-if-cached are.",
    source: "RFC 9111 §5.2.1",
    sentence: "They are advisory; caches MAY implement them, but are not required to.",
    reason:
      "Otherwise anybody can send every request past the cache to the origin, or ask for what the site owner calls stale.",
    scenario: "%s: %s in rfc9111, and in safe always a hit",
  },
  {
    what: "An error (4xx, 5xx) is stored only with explicit freshness or Last-Modified, or for as long as the site says.",
    source: "RFC 9111 §4.2.2",
    sentence: "a cache MAY assign a heuristic expiration time when an explicit time is not specified",
    reason: "An error that an attacker or a deployment causes must not outlive its cause.",
    scenario: "%d without freshness is not stored in safe",
  },
  {
    what: "A body that ends with the connection is relayed and not stored.",
    source: "RFC 9112 §8",
    sentence:
      "A response that has neither chunked transfer coding nor Content-Length is terminated by closure of the connection and, if the header section was received intact, is considered complete unless an error was indicated by the underlying connection",
    reason: "A crashed origin closes its connections too: half a page would be kept as a whole one.",
    scenario: "when its end is only the end of the connection, in the safe profile",
  },
  {
    what: "A Transfer-Encoding other than chunked from an origin is 502.",
    source: "RFC 9112 §6.1",
    sentence:
      "A server that receives a request message with a transfer coding it does not understand SHOULD respond with 501 (Not Implemented).",
    reason:
      "Two programs that disagree about where a body ends can be made to swap answers. `rfc9111` relays such a body until the connection ends.",
    scenario: "an origin's answer that is not HTTP is 502",
  },
  {
    what: "stale-while-revalidate or stale-if-error beside s-maxage is heeded.",
    source: "RFC 9111 §5.2.2.10",
    sentence: "The s-maxage directive incorporates the semantics of the proxy-revalidate response directive",
    reason:
      "Who writes `s-maxage=1, stale-while-revalidate=59`, as frameworks do, means it; other CDNs heed it. must-revalidate, proxy-revalidate and no-cache still forbid it.",
    scenario: "is served stale within them in safe, since the origin says so itself",
  },
];

/** What both profiles chose where the RFCs leave a choice, or are stricter than they ask. */
export const CHOICES: readonly Choice[] = [
  {
    what: "If-Match and If-Unmodified-Since that do not hold for what is stored go to the origin.",
    source: "RFC 9111 §4.3.2",
    sentence: "the If-Match and If-Unmodified-Since conditional header fields are not applicable to a cache",
    reason:
      "Only the origin knows the current state, so only it may answer 412. Where they hold, the stored response answers.",
    scenario: "of If-Match that do not hold here are for the origin to judge",
  },
  {
    what: "Heuristic freshness is a tenth of the age of Last-Modified, at most a day, and never for users with cookies.",
    source: "RFC 9111 §4.2.2",
    sentence: "A typical setting of this fraction might be 10%.",
    reason:
      "A page for a logged-in user seldom says so. What is explicitly fresh is shared whatever cookies a request has.",
    scenario: "by a guess is not reused for a user with cookies, who may get another page",
  },
  {
    what: "A Cache-Control with a part that cannot be read permits nothing: such a response is not stored.",
    source: "RFC 9111 §4.2.1",
    sentence:
      "Caches are encouraged to consider responses that have invalid freshness information (e.g., a max-age directive with non-integer content) to be stale.",
    reason: "The unreadable part may have been `private`.",
    scenario: "a Cache-Control that cannot be read (%j) permits nothing",
  },
  {
    what: "Only what Cache-Group-Invalidation names is made invalid; the groups of a response that became invalid are not.",
    source: "RFC 9875 §2.2.1",
    sentence:
      "A cache that invalidates a stored response MAY invalidate any stored responses that share groups (per Section 2.1) with that response.",
    reason: "Anybody who may POST to one page could otherwise empty the cache of the whole group.",
    scenario: "do not cascade: a response that shares another group with an invalid one stays",
  },
  {
    what: "A 304 that names another validator than ours is not used: the response is fetched whole, without conditions.",
    source: "RFC 9111 §4.3.4",
    sentence:
      "If none of the initial set contains at least one of the same strong validators, then the cache MUST NOT use the new response to update any stored responses.",
    reason: "The client has to be answered, and the origin has just said that it speaks of something else.",
    scenario: "is not believed: the origin is asked once more, without conditions",
  },
  {
    what: "A 304 whose fields would not let the response be stored answers the one client and ends the sharing.",
    source: "RFC 9111 §3",
    sentence:
      "if the cache is shared: the private response directive is either not present or allows a shared cache to store a modified response",
    reason:
      "The origin made the page private and did not change its bytes: what is stored must not be shared any longer.",
    scenario: "that now says %s answers this client and ends the sharing",
  },
  {
    what: "The answer to HEAD is not stored; it updates what GET stored, or ends its use when they differ.",
    source: "RFC 9111 §4.3.5",
    sentence: "otherwise, the cache SHOULD consider the stored response to be stale.",
    reason: "As the RFC asks. What HEAD contradicts is removed rather than kept as stale.",
    scenario: "with other ones (%o) ends the use of what is stored, even fresh",
  },
  {
    what: "206 is not stored and responses are not put together out of ranges.",
    source: "RFC 9111 §3.4",
    sentence: "A cache MAY combine these ranges into a single stored response",
    reason: "A range of something that is not stored is passed on; the first request for the whole fills the cache.",
    scenario: "a 206 is relayed and never stored, whatever it says about itself",
  },
  {
    what: "No-Vary-Search compares the parameters that matter byte by byte.",
    source: "draft-ietf-httpbis-no-vary-search §6",
    sentence: "",
    reason:
      "The draft decodes them first. Ours finds fewer hits and never a wrong one, where a server does not decode.",
    scenario: "lets a response answer for other values of what does not matter",
  },
];
