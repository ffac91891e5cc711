/** The control plane: purges, configs, the feed. Part of the settings table. */
import type { Setting } from "./setting.ts";

/** The rows of the group "Control". */
export const CONTROL_SETTINGS = {
  purgesPerSitePerSecondMax: {
    unit: "per second",
    default: 10,
    min: 1,
    max: 10_000,
    about: "Purge requests a second of one site.",
  },
  purgesPerSiteBurst: {
    unit: "times",
    default: 100,
    min: 1,
    max: 100_000,
    about: "Purge requests of one site that may come at once before the rate counts.",
  },
  purgeOperationsMax: {
    unit: "entries",
    default: 100,
    min: 1,
    max: 10_000,
    about: "URLs, tags, prefixes and hosts in one purge request.",
  },
  purgeAllPerMinuteMax: {
    unit: "per minute",
    default: 1,
    min: 1,
    max: 1000,
    about: "Purges of everything, a minute and site.",
  },
  apiBodyMaxBytes: {
    unit: "bytes",
    default: 65_536,
    min: 1024,
    max: 16_777_216,
    about: "Longest body of a request to the control API, configs apart.",
  },
  siteConfigMaxBytes: {
    unit: "bytes",
    default: 1_048_576,
    min: 1024,
    max: 16_777_216,
    about: "Longest config of one site.",
  },
  configMaxBytes: {
    unit: "bytes",
    default: 16_777_216,
    min: 1024,
    max: 268_435_456,
    about: "Longest config file. Longer ones are not read.",
  },
  configGenerationsKept: {
    unit: "entries",
    default: 5,
    min: 1,
    max: 100,
    about: "Last good configs that a node keeps on disk.",
  },
  feedHeadIntervalMs: {
    unit: "milliseconds",
    default: 2000,
    min: 100,
    max: 60_000,
    about: "How often control proves to its followers that it is alive and how far the ledger goes.",
  },
  heartbeatIntervalMs: {
    unit: "milliseconds",
    default: 2000,
    min: 100,
    max: 60_000,
    about: "How often a node tells control its position and its load.",
  },
  fleetNewsIntervalMs: {
    unit: "milliseconds",
    default: 1000,
    min: 100,
    max: 60_000,
    about: "How often routers are told what changed in the fleet: positions, load, drains.",
  },
  reconnectDelayMinMs: {
    unit: "milliseconds",
    default: 250,
    min: 10,
    max: 60_000,
    about: "First wait before a lost connection to control is tried again; it doubles, with full jitter.",
  },
  reconnectDelayMaxMs: {
    unit: "milliseconds",
    default: 1500,
    min: 100,
    max: 600_000,
    about:
      "Longest wait before a lost connection to control is tried again; short, so that a node has caught up 3 s after a partition heals.",
  },
  controlConnectTimeoutMs: {
    unit: "milliseconds",
    default: 1500,
    min: 100,
    max: 60_000,
    about: "How long a node waits for a connection to control, TLS included, before it asks the next one.",
  },
  credentialLifetimeSeconds: {
    unit: "seconds",
    default: 2_592_000,
    min: 60,
    max: 31_536_000,
    about: "Age at which a node exchanges its credential for a new one.",
  },
  certificateLifetimeSeconds: {
    unit: "seconds",
    default: 86_400,
    min: 60,
    max: 2_592_000,
    about: "How long a certificate that control issues to a node is valid; it is renewed at half of it.",
  },
  auditEntriesKept: {
    unit: "entries",
    default: 100_000,
    min: 1000,
    max: 10_000_000,
    about:
      "Entries that the ledger keeps for the audit after they are folded into a snapshot; versions of sites are always kept.",
  },
  clockSkewAlarmMs: {
    unit: "milliseconds",
    default: 1000,
    min: 10,
    max: 60_000,
    about: "Difference between a node's clock and control's from which it is reported.",
  },
} as const satisfies Record<string, Setting>;
