/** What is stored: sizes, variants, and how long. Part of the settings table. */
import type { Setting } from "./setting.ts";

/** The rows of the group "Cache". */
export const CACHE_SETTINGS = {
  memoryObjectMaxBytes: {
    unit: "bytes",
    default: 8_388_608,
    min: 1024,
    max: 1_073_741_824,
    about: "A body longer than this is not kept in memory.",
  },
  diskObjectMaxBytes: {
    unit: "bytes",
    default: 1_073_741_824,
    min: 1024,
    max: 1_099_511_627_776,
    about: "A body longer than this is not kept on disk; it is passed through, or stored in slices.",
  },
  storedHeaderMaxBytes: {
    unit: "bytes",
    default: 16_384,
    min: 1024,
    max: 131_072,
    about: "Reserved: header part of a stored response. No edge acts by it yet.",
  },
  cacheKeyMaxBytes: {
    unit: "bytes",
    default: 4096,
    min: 256,
    max: 65_536,
    about: "Longest cache key. A request with a longer one is passed without the cache.",
  },
  variantsPerKeyMax: {
    unit: "entries",
    default: 16,
    min: 1,
    max: 256,
    about: "Variants (Vary) kept under one key; the one unused for longest gives way.",
  },
  varyFieldsMax: {
    unit: "fields",
    default: 4,
    min: 1,
    max: 16,
    about: "Header fields that a Vary may name, after normalising. A response that names more is not stored.",
  },
  tagsPerResponseMax: {
    unit: "entries",
    default: 128,
    min: 1,
    max: 10_000,
    about: "Cache tags of one response. With more it is not stored: cutting the list would make purges miss it.",
  },
  tagsPerResponseMaxBytes: {
    unit: "bytes",
    default: 8192,
    min: 256,
    max: 131_072,
    about: "Cache tags of one response, in bytes. With more it is not stored.",
  },
  defaultStaleWhileRevalidateSeconds: {
    unit: "seconds",
    default: 0,
    min: 0,
    max: 31_536_000,
    about: "How long a stale response may answer while it is refreshed, when neither the response nor the site says.",
  },
  defaultStaleIfErrorSeconds: {
    unit: "seconds",
    default: 86_400,
    min: 0,
    max: 31_536_000,
    about:
      "How long a stale response may answer when the origin fails, when neither the response nor the site says, and only if the origin did not forbid it.",
  },
  heuristicPercent: {
    unit: "percent",
    default: 10,
    min: 0,
    max: 100,
    about:
      "Reserved: heuristic freshness, this share of the age of Last-Modified (RFC 9111 §4.2.2). No edge acts by it yet: it is 10.",
  },
  heuristicMaxSeconds: {
    unit: "seconds",
    default: 86_400,
    min: 0,
    max: 31_536_000,
    about: "Reserved: longest heuristic freshness. No edge acts by it yet: it is a day.",
  },
  hitForPassSeconds: {
    unit: "seconds",
    default: 120,
    min: 1,
    max: 3600,
    about:
      "How long a key whose answer may not be stored is passed without waiting for others, so that private pages never queue behind one another.",
  },
  hitForPassKeysMax: {
    unit: "entries",
    default: 100_000,
    min: 100,
    max: 10_000_000,
    about: "Keys remembered as not storable.",
  },
  maxWaitersPerKey: {
    unit: "requests",
    default: 20_000,
    min: 1,
    max: 1_000_000,
    about:
      "Requests that wait for one fill of one key. The next ones get a stale response, if there is one that may be served, or 503.",
  },
  waitersMaxBytes: {
    unit: "bytes",
    default: 134_217_728,
    min: 65_536,
    max: 17_179_869_184,
    about:
      "Memory of all requests of one edge that wait for a fill: their headers, and 2 KiB each. The next ones get a stale response or 503.",
  },
  fillsMaxBytes: {
    unit: "bytes",
    default: 268_435_456,
    min: 1_048_576,
    max: 1_099_511_627_776,
    about:
      "Memory of all bodies of one edge that are on their way from origins. Beyond it an answer is not stored in memory (`fills-full`): all who wait for it share it through a window of 64 KiB, at the pace of the slowest.",
  },
  leaderReplacementsMax: {
    unit: "times",
    default: 2,
    min: 0,
    max: 10,
    about:
      "How often a fill that failed is tried anew by another of the requests that wait for it. Each try may take as long as the origin's timeouts allow.",
  },
  waiterLagMaxBytes: {
    unit: "bytes",
    default: 8_388_608,
    min: 65_536,
    max: 1_073_741_824,
    about:
      "A reader of a fill that is further behind the fastest one, and for `readerPatienceMs` takes less than an eighth of what that one takes, continues from the store or from the origin by a range.",
  },
  readerPatienceMs: {
    unit: "milliseconds",
    default: 2_000,
    min: 0,
    max: 600_000,
    about:
      "For how long a reader that is more than `waiterLagMaxBytes` behind is looked at before it is called slow. Nobody waits for it meanwhile. One that is fast enough by that, but four times as far behind, gets half of this time to come nearer, in which the fill waits; else it continues by itself.",
  },
  laggingReadersMax: {
    unit: "requests",
    default: 256,
    min: 0,
    max: 65_536,
    about:
      "Readers that continue by a range of their own at one time, at one edge. When there are more, their fills wait for them.",
  },
  unreadFillKeepPercent: {
    unit: "percent",
    default: 25,
    min: 0,
    max: 101,
    about:
      "A fill whose clients have all left goes on to be stored if at least this share of it has come; its length must be known. 0 always, 101 never.",
  },
  rangesPerRequestMax: {
    unit: "entries",
    default: 4,
    min: 1,
    max: 64,
    about:
      "Ranges in one request, non-overlapping. With more the whole is sent (RFC 9110 §14.2 allows to ignore Range).",
  },
  sliceBytes: {
    unit: "bytes",
    default: 1_048_576,
    min: 65_536,
    max: 67_108_864,
    about: "Size of the slices in which an object is fetched when a range of it is asked for first.",
  },
  whenUnconfirmedAfterSeconds: {
    unit: "seconds",
    default: 30,
    min: 1,
    max: 86_400,
    about:
      "Reserved: time without word from control after which a site's `whenUnconfirmed` is to count, when the site does not set `maxLagSeconds`. No edge acts by it yet.",
  },
  memoryStopAdmissionPercent: {
    unit: "percent",
    default: 80,
    min: 10,
    max: 99,
    about: "Share of the memory for work under way, 256 MiB besides the store, above which nothing new is stored.",
  },
  memoryRefusePercent: {
    unit: "percent",
    default: 90,
    min: 10,
    max: 99,
    about:
      "Share of the memory for work under way, 256 MiB besides the store, above which work is turned away with 503: misses first, hits last.",
  },
} as const satisfies Record<string, Setting>;
