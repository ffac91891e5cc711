/** What origins are spared, and how long they are waited for. Part of the settings table. */
import type { Setting } from "./setting.ts";

/** The rows of the group "Origins". */
export const ORIGIN_SETTINGS = {
  originConnectTimeoutMs: {
    unit: "milliseconds",
    default: 3000,
    min: 50,
    max: 60_000,
    about: "Longest time for connecting to an origin, name resolution and TLS included.",
  },
  originFirstByteTimeoutMs: {
    unit: "milliseconds",
    default: 15_000,
    min: 100,
    max: 600_000,
    about:
      "From the request sent to the end of the response's headers. A fill that takes longer counts as hung, and the request is answered 504 or from a stale response.",
  },
  originStaleAfterMs: {
    unit: "milliseconds",
    default: 3000,
    min: 0,
    max: 600_000,
    about:
      "How long a client waits for an origin while a stale response may stand in for a failure, when the site does not say otherwise (`staleAfterMs`). Then it gets that one, and the fetch goes on. When an origin has not answered anybody for so long, stale responses answer at once. 0: never.",
  },
  originBetweenBytesTimeoutMs: {
    unit: "milliseconds",
    default: 15_000,
    min: 100,
    max: 600_000,
    about: "Longest pause inside a response body.",
  },
  originConnectionsMax: {
    unit: "connections",
    default: 1024,
    min: 1,
    max: 65_536,
    about:
      "Connections of one edge to one origin, when the site does not say otherwise (`maxConnections`). A fragile origin sets less.",
  },
  originQueueMax: {
    unit: "requests",
    default: 4096,
    min: 0,
    max: 1_000_000,
    about:
      "Requests of one site that wait for a connection to its origin. The next ones are answered 503 or from a stale response.",
  },
  originQueueWaitMs: {
    unit: "milliseconds",
    default: 10_000,
    min: 0,
    max: 120_000,
    about: "Longest wait for a connection to an origin.",
  },
  originIdleConnectionMs: {
    unit: "milliseconds",
    default: 4000,
    min: 100,
    max: 600_000,
    about:
      "How long an idle connection to an origin is kept. Less than what origins keep (5 s for Node and Apache), so that a request seldom meets a closing connection.",
  },
  originRetriesMax: {
    unit: "times",
    default: 1,
    min: 0,
    max: 5,
    about:
      "Further attempts for a request without a body and with a safe method, before the first byte came, when the site does not say otherwise (`retries`).",
  },
  originRetryBudgetPercent: {
    unit: "percent",
    default: 10,
    min: 0,
    max: 100,
    about:
      "Retries as a share of the requests of the last 10 s. Above it there are none, so that retries never multiply an overload.",
  },
  originRetriesPerSecondMin: {
    unit: "per second",
    default: 3,
    min: 0,
    max: 1000,
    about: "Retries a second that are allowed whatever the budget says, so that quiet sites have them too.",
  },
  originInterimResponsesMax: {
    unit: "times",
    default: 20,
    min: 0,
    max: 1000,
    about: "Interim responses (1xx) before one final response. More make it malformed.",
  },
  breakerFailurePercent: {
    unit: "percent",
    default: 50,
    min: 1,
    max: 100,
    about: "Share of failures within 10 s at which an origin's circuit breaker opens.",
  },
  breakerRequestsMin: {
    unit: "requests",
    default: 20,
    min: 1,
    max: 100_000,
    about: "Requests within 10 s below which the breaker stays closed.",
  },
  breakerOpenMs: {
    unit: "milliseconds",
    default: 5000,
    min: 100,
    max: 600_000,
    about: "First time that an open breaker waits before one probe; it doubles up to `breakerOpenMaxMs`.",
  },
  breakerOpenMaxMs: {
    unit: "milliseconds",
    default: 15_000,
    min: 100,
    max: 3_600_000,
    about:
      "Longest time that an open breaker waits before one probe. With `originSlowStartMs` it says how long after its return an origin has its whole load again.",
  },
  originEjectAfterFailures: {
    unit: "times",
    default: 3,
    min: 1,
    max: 1000,
    about:
      "Failures in a row (no answer, or 502, 503, 504) after which a server of a pool is left out for a while. Never the only one. No more than `originRetriesPerSecondMin`, so that those failures can be made good elsewhere.",
  },
  originEjectMs: {
    unit: "milliseconds",
    default: 10_000,
    min: 100,
    max: 3_600_000,
    about: "First time that such a server is left out; the n-th time lasts n times as long, up to `originEjectMaxMs`.",
  },
  originEjectMaxMs: {
    unit: "milliseconds",
    default: 300_000,
    min: 100,
    max: 3_600_000,
    about: "Longest time that such a server is left out.",
  },
  originSlowStartMs: {
    unit: "milliseconds",
    default: 10_000,
    min: 1,
    max: 600_000,
    about:
      "After a recovery an origin gets a tenth of its share of requests and of its concurrency, and within this time the whole.",
  },
  originHealthIntervalMs: {
    unit: "milliseconds",
    default: 5000,
    min: 500,
    max: 600_000,
    about: "Time between health checks of an origin, when the site's `healthCheck` does not say.",
  },
  originHealthTimeoutMs: {
    unit: "milliseconds",
    default: 2000,
    min: 100,
    max: 60_000,
    about: "Longest health check of an origin, when the site's `healthCheck` does not say.",
  },
  errorHoldDownMs: {
    unit: "milliseconds",
    default: 1000,
    min: 0,
    max: 60_000,
    about:
      "After a fill for which no origin could be connected to, how long requests for the same key are answered alike, from a stale response or with the error, without asking again. Failures that a request can bring about itself (a broken answer, a slow one) do not count, lest one client speak for all.",
  },
} as const satisfies Record<string, Setting>;
