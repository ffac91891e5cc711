/** Finding the best edge, noticing a dead one, answering DNS. Part of the settings table. */
import type { Setting } from "./setting.ts";

/** The rows of the group "Routing and health". */
export const ROUTING_SETTINGS = {
  healthProbeIntervalMs: {
    unit: "milliseconds",
    default: 1000,
    min: 100,
    max: 60_000,
    about: "Time between two probes of an edge by a router.",
  },
  healthProbeTimeoutMs: {
    unit: "milliseconds",
    default: 500,
    min: 50,
    max: 60_000,
    about: "A probe without an answer for this long has failed.",
  },
  healthConfirmMs: {
    unit: "milliseconds",
    default: 200,
    min: 10,
    max: 60_000,
    about:
      "Time from the start of a failed probe to the next one, which confirms or refutes it; after a probe that took longer, a quarter of this.",
  },
  healthFailuresForSuspect: {
    unit: "probes",
    default: 3,
    min: 1,
    max: 100,
    about:
      "Failed probes in a row after which an edge is suspect: nobody new is sent there while another is up. It is down when it refuses connections, or when other observers or its missing heartbeats agree.",
  },
  healthSuccessesForUp: {
    unit: "probes",
    default: 2,
    min: 1,
    max: 100,
    about: "Good probes in a row after which an edge that was down is up again.",
  },
  panicHealthyPercent: {
    unit: "percent",
    default: 50,
    min: 0,
    max: 100,
    about:
      "When fewer of the edges are well for a router, and others see most of the failing ones well, it takes itself for blind: it declares none down, and where clients reach edges by themselves it keeps those in rotation.",
  },
  beaconPagePercent: {
    unit: "percent",
    default: 5,
    min: 0,
    max: 100,
    about:
      "Share of the page views with `/.antipode/beacon.js` that time edges and report. New values reach pages within an hour.",
  },
  beaconEdges: {
    unit: "times",
    default: 4,
    min: 1,
    max: 16,
    about: "Edges that such a page times: the best one known of its client, and those that may be better.",
  },
  beaconReportsPerSecondMax: {
    unit: "per second",
    default: 200,
    min: 0,
    max: 100_000,
    about: "Reports of pages that a node takes in; others are answered 429. 0: none is.",
  },
  proxyRetriesMax: {
    unit: "times",
    default: 2,
    min: 0,
    max: 10,
    about:
      "Further edges that a router asks when the chosen one fails before the first byte of its answer, for requests without a body.",
  },
  routerEdgeConnectTimeoutMs: {
    unit: "milliseconds",
    default: 1000,
    min: 50,
    max: 60_000,
    about: "Longest time for connecting to an edge.",
  },
  routerEdgeFirstByteTimeoutMs: {
    unit: "milliseconds",
    default: 30_000,
    min: 100,
    max: 600_000,
    about:
      "From the request sent to an edge to the end of the headers of its answer. Longer than an edge waits for its origin.",
  },
  dnsTtlSeconds: {
    unit: "seconds",
    default: 20,
    min: 1,
    max: 86_400,
    about: "Time to live of the router's DNS answers: how long a user stays with an edge after it left rotation.",
  },
  dnsTtlMinSeconds: {
    unit: "seconds",
    default: 5,
    min: 1,
    max: 86_400,
    about: "The same for a minute after an edge has fallen ill or was drained.",
  },
  dnsTtlMaxSeconds: {
    unit: "seconds",
    default: 60,
    min: 1,
    max: 86_400,
    about: "The same when all edges have been well for an hour.",
  },
  dnsNegativeTtlSeconds: {
    unit: "seconds",
    default: 60,
    min: 1,
    max: 86_400,
    about: "Time to live of the answer that a name does not exist.",
  },
  dnsUdpMaxBytes: {
    unit: "bytes",
    default: 1232,
    min: 512,
    max: 4096,
    about: "Longest DNS answer over UDP; longer ones are marked as cut and asked again over TCP.",
  },
  dnsAnswersPerPrefixPerSecond: {
    unit: "per second",
    default: 20,
    min: 0,
    max: 100_000,
    about: "DNS answers a second to one /24 or /56 for one name. 0 sets no limit.",
  },
  dnsErrorsPerPrefixPerSecond: {
    unit: "per second",
    default: 5,
    min: 0,
    max: 100_000,
    about: "DNS errors a second to one /24 or /56. 0 sets no limit.",
  },
  dnsTcpConnectionsMax: {
    unit: "connections",
    default: 1000,
    min: 1,
    max: 100_000,
    about: "DNS connections over TCP.",
  },
  dnsTcpConnectionsPerIpMax: {
    unit: "connections",
    default: 20,
    min: 1,
    max: 100_000,
    about: "DNS connections over TCP of one address, or one /64.",
  },
  dnsTcpIdleMs: {
    unit: "milliseconds",
    default: 10_000,
    min: 100,
    max: 600_000,
    about: "How long an idle DNS connection over TCP stays open.",
  },
} as const satisfies Record<string, Setting>;
