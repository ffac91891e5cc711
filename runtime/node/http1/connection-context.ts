/** What the connections of one listener have in common. */
import type { ExchangeContext } from "./exchange.ts";
import type { ListenerGuard } from "./parse-head.ts";
import type { ReaderCrowd } from "./reader-patience.ts";
import type { SiteSeats } from "./site-seats.ts";
import type { TimerWheel } from "./timer-wheel.ts";

/** More than this is not read ahead of the request that is being answered. */
export const PIPELINED_BYTES = 65_536;
/** So many pipelined requests are answered before other connections get their turn. */
export const REQUESTS_A_TURN = 32;

/** What connections share with their listener. */
export interface ConnectionContext extends ExchangeContext {
  readonly guard: ListenerGuard;
  readonly wheel: TimerWheel;
  readonly readers: ReaderCrowd;
  readonly seats: SiteSeats<object> | undefined;
}
