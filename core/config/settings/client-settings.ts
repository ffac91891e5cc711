/** Requests and connections of clients: what a listener accepts, and for how long. Part of the settings table. */
import type { Setting } from "./setting.ts";

/** The rows of the group "Requests and connections". */
export const CLIENT_SETTINGS = {
  targetMaxBytes: {
    unit: "bytes",
    default: 8192,
    min: 1024,
    max: 65_536,
    about:
      "Longest request line: method, path with its query, version. Longer ones are answered 414. RFC 9112 §3 asks for at least 8,000.",
  },
  headerLineMaxBytes: {
    unit: "bytes",
    default: 8192,
    min: 1024,
    max: 65_536,
    about:
      "Longest single header line of a request. Longer ones are answered 431. Keep it at or below what your origins accept, or a request that only they refuse becomes an error page of theirs.",
  },
  headerTotalMaxBytes: {
    unit: "bytes",
    default: 16_384,
    min: 4096,
    max: 131_072,
    about: "Request line and all header lines of a request together. More is answered 431.",
  },
  headerFieldsMax: {
    unit: "fields",
    default: 100,
    min: 16,
    max: 1000,
    about: "Header fields of a request. More are answered 431; none are ever cut off silently.",
  },
  originHeaderTotalMaxBytes: {
    unit: "bytes",
    default: 16_384,
    min: 4096,
    max: 131_072,
    about: "All header lines of an origin's response together. More makes it malformed: 502.",
  },
  originHeaderFieldsMax: {
    unit: "fields",
    default: 100,
    min: 16,
    max: 1000,
    about: "Header fields of an origin's response. More make it malformed: 502.",
  },
  forwardedHeaderTotalMaxBytes: {
    unit: "bytes",
    default: 12_288,
    min: 2048,
    max: 131_072,
    about:
      "All header lines that go to an origin, ours included. Below what common origins accept, so that no client can provoke an error of the origin with one long header (CPDoS).",
  },
  requestBodyMaxBytes: {
    unit: "bytes",
    default: 10_485_760,
    min: 0,
    max: 1_073_741_824,
    about:
      "Longest request body, when the site does not say otherwise (`maxRequestBodyBytes`). Longer ones are answered 413. Bodies are streamed, never held.",
  },
  headersTimeoutMs: {
    unit: "milliseconds",
    default: 10_000,
    min: 500,
    max: 120_000,
    about: "From the first byte of a request to the end of its headers. Slower ones are answered 408 and closed.",
  },
  requestTimeoutMs: {
    unit: "milliseconds",
    default: 30_000,
    min: 1000,
    max: 3_600_000,
    about:
      "From the first byte of a request to the end of its body, as long as the body does not keep up `requestBodyMinBytesPerSecond`.",
  },
  requestBodyMinBytesPerSecond: {
    unit: "bytes per second",
    default: 1024,
    min: 0,
    max: 1_048_576,
    about: "A request body slower than this, after the first 10 s, is cut. 0 lets the slowest upload live.",
  },
  keepAliveIdleMs: {
    unit: "milliseconds",
    default: 5000,
    min: 100,
    max: 600_000,
    about: "How long a connection without a request under way stays open.",
  },
  connectionsCheckIntervalMs: {
    unit: "milliseconds",
    default: 1000,
    min: 100,
    max: 30_000,
    about: "How often the timeouts of connections are looked at: they fire at most this much late.",
  },
  writeStallTimeoutMs: {
    unit: "milliseconds",
    default: 20_000,
    min: 1000,
    max: 600_000,
    about: "A client that takes less of its answer than `sendMinBytesPerSecond` for this long is cut.",
  },
  writeStallCrowdedTimeoutMs: {
    unit: "milliseconds",
    default: 10_000,
    min: 1000,
    max: 600_000,
    about: "The same, while more than `stalledReadersMax` clients take nothing of their answers, and 30 s after.",
  },
  stalledReadersMax: {
    unit: "connections",
    default: 128,
    min: 0,
    max: 1_000_000,
    about:
      "Clients that may take next to nothing of their answers for 5 s and more, before all such are cut earlier (`writeStallCrowdedTimeoutMs`): so many at once are an attack, or a network that is gone.",
  },
  sendMinBytesPerSecond: {
    unit: "bytes per second",
    default: 1024,
    min: 0,
    max: 65_536,
    about: "What a client must take of an answer that waits for it, on average. 0: one byte now and then is enough.",
  },
  sendTimeoutMs: {
    unit: "milliseconds",
    default: 600_000,
    min: 10_000,
    max: 86_400_000,
    about: "Longest time for sending one answer to a client slower than `sendMinBytesPerSecond`, whatever makes it so.",
  },
  requestsPerConnectionMax: {
    unit: "requests",
    default: 100_000,
    min: 1,
    max: 10_000_000,
    about: "Requests on one connection, then it is closed in an orderly way.",
  },
  connectionAgeMaxMs: {
    unit: "milliseconds",
    default: 3_600_000,
    min: 10_000,
    max: 86_400_000,
    about: "Age at which a connection is closed in an orderly way, so that load spreads again after a node was added.",
  },
  connectionsMax: {
    unit: "connections",
    default: 20_000,
    min: 10,
    max: 1_000_000,
    about: "Client connections of one process. More are refused before anything is read.",
  },
  connectionsPerIpv4Max: {
    unit: "connections",
    default: 64,
    min: 0,
    max: 100_000,
    about: "Connections from one IPv4 address. 0 sets no limit. Loopback and trusted proxies are never counted.",
  },
  connectionsPerIpv6PrefixMax: {
    unit: "connections",
    default: 64,
    min: 0,
    max: 100_000,
    about:
      "Connections from one IPv6 /64, the smallest block that a subscriber gets. 0 sets no limit. Loopback and trusted proxies are never counted.",
  },
  connectionsPerSiteMax: {
    unit: "connections",
    default: 15_000,
    min: 0,
    max: 1_000_000,
    about:
      "Connections whose last request was for one site, so that no site takes a whole edge: three quarters of `connectionsMax`, so that ten thousand clients of one page are served. An edge with many sites sets less. 0 sets no limit.",
  },
  requestsPerIpPerSecondMax: {
    unit: "per second",
    default: 0,
    min: 0,
    max: 1_000_000,
    about:
      "Requests a second from one IPv4 address or IPv6 /64 before 429. 0, the default, sets no limit. Loopback and trusted proxies have none; behind a trusted proxy the client's address counts.",
  },
  missesPerIpPerSecondMax: {
    unit: "per second",
    default: 0,
    min: 0,
    max: 1_000_000,
    about:
      "Requests a second from one IPv4 address or IPv6 /64 that the cache cannot answer, before 429. 0, the default, sets no limit.",
  },
  clientErrorsPerIpPerSecondMax: {
    unit: "per second",
    default: 0,
    min: 0,
    max: 1_000_000,
    about:
      "Answers 4xx a second to one IPv4 address or IPv6 /64, before all its requests get 429 until it is below again. 0, the default, sets no limit.",
  },
  rateBurstSeconds: {
    unit: "seconds",
    default: 2,
    min: 1,
    max: 600,
    about: "So many seconds' worth of each rate may come at once.",
  },
  rateAddressesMax: {
    unit: "entries",
    default: 100_000,
    min: 1000,
    max: 10_000_000,
    about:
      "Addresses that each rate remembers. Of more, those not seen for longest are forgotten; 100,000 take about 10 MB.",
  },
  hopsMax: {
    unit: "times",
    default: 8,
    min: 1,
    max: 32,
    about:
      "How often a request may pass nodes of an Antipode before it is taken for a loop and answered 508 (CDN-Loop, RFC 8586).",
  },
  drainMs: {
    unit: "milliseconds",
    default: 30_000,
    min: 0,
    max: 600_000,
    about: "How long a node that is told to stop lets requests under way finish. Then they are cut.",
  },
} as const satisfies Record<string, Setting>;
