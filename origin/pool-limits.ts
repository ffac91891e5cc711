/** The bounds of pools, out of the settings table. */
import type { Settings } from "../core/config/settings.ts";
import type { PoolLimits } from "./pool.ts";

/** What the settings say about pools. */
export function poolLimits(settings: Settings): PoolLimits {
  return {
    server: {
      breaker: {
        failurePercent: settings.breakerFailurePercent,
        requestsMin: settings.breakerRequestsMin,
        openMs: settings.breakerOpenMs,
        openMaxMs: settings.breakerOpenMaxMs,
      },
      ejectAfterFailures: settings.originEjectAfterFailures,
      ejectMs: settings.originEjectMs,
      ejectMaxMs: settings.originEjectMaxMs,
      slowStartMs: settings.originSlowStartMs,
    },
    retries: { percent: settings.originRetryBudgetPercent, perSecondMin: settings.originRetriesPerSecondMin },
    queueMax: settings.originQueueMax,
    queueWaitMs: settings.originQueueWaitMs,
  };
}
