/** Time and chance on Workers: the clock stands still between two waits. */
import type { Clock } from "../../core/ports.ts";

/** The isolate's clock. */
export const workersClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
