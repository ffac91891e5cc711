/** What the settings say of a router: its limits, its probes, its rules of health, its beacon. */
import type { Settings } from "../core/config/settings.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import type { BeaconRules } from "../core/route/beacon.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import type { RouterOptions } from "../router/node.ts";
import type { RouterMode } from "../router/router.ts";

type RouterRules = Pick<RouterOptions, "limits" | "watchLimits" | "healthRules" | "latencyRules" | "beacon">;

/** The rules of a router. */
export function rulesOfSettings(settings: Settings, mode: RouterMode): RouterRules {
  return {
    limits: {
      retriesMax: settings.proxyRetriesMax,
      connectMs: settings.routerEdgeConnectTimeoutMs,
      firstByteMs: settings.routerEdgeFirstByteTimeoutMs,
      betweenBytesMs: settings.originBetweenBytesTimeoutMs,
      hopsMax: settings.hopsMax,
    },
    watchLimits: {
      probeIntervalMs: settings.healthProbeIntervalMs,
      probeTimeoutMs: settings.healthProbeTimeoutMs,
      confirmAfterMs: settings.healthConfirmMs,
    },
    healthRules: {
      ...EDGE_HEALTH_RULES,
      reach: mode === "proxy" ? "through-us" : "by-themselves",
      blindShare: 1 - settings.panicHealthyPercent / 100,
      failuresToSuspect: settings.healthFailuresForSuspect,
      successesToUp: settings.healthSuccessesForUp,
    },
    latencyRules: LATENCY_RULES,
    beacon: beaconRules(settings),
  };
}

/** The rules of the beacon, at routers and at edges. */
export function beaconRules(settings: Settings): BeaconRules {
  return {
    pagePercent: settings.beaconPagePercent,
    edgesMax: settings.beaconEdges,
    reportsPerSecondMax: settings.beaconReportsPerSecondMax,
  };
}
