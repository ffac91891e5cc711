/** What the connections of one listener have in common. */
import type { ExchangeContext } from "./exchange.ts";
import type { ListenerGuard } from "./parse-head.ts";
import type { SiteSeats } from "./site-seats.ts";
import type { TimerWheel } from "./timer-wheel.ts";

/** What connections share with their listener. */
export interface ConnectionContext extends ExchangeContext {
  readonly guard: ListenerGuard;
  readonly wheel: TimerWheel;
  readonly seats: SiteSeats<object> | undefined;
}
