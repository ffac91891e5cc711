/** Sends away who asks more often than one remote address may: 429, and when to come back (FAULTS (c)). */

import type { OverRate } from "../core/overload/rates.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { refuseForNow } from "./refuse.ts";

/** The answer when the client's requests, or its answers 4xx, are too many; undefined when they are not. */
export function overRequestRate<B>(exchange: Exchange<B>): Reply<B> | undefined {
  const { edge, clientAddress } = exchange;
  return turnedAway(exchange, edge.rates?.request(clientAddress, edge.clock.nowMs()));
}

/** The answer when too many of the client's requests are ones that the cache cannot answer. */
export function overMissRate<B>(exchange: Exchange<B>): Reply<B> | undefined {
  const { edge, clientAddress } = exchange;
  return turnedAway(exchange, edge.rates?.miss(clientAddress, edge.clock.nowMs()));
}

function turnedAway<B>(exchange: Exchange<B>, over: OverRate | undefined): Reply<B> | undefined {
  if (over === undefined) return undefined;
  return refuseForNow(exchange, { status: 429, outcome: "rate-limited", forward: "bypass", ...over });
}
