/** The clock of a Node process. */
import type { Clock } from "../../core/ports.ts";

/** Wall time, timers that do not keep the process alive, and chance. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
