/** Requests whose header is longer than what may go to an origin (FAULTS 2.C, CPDoS): only the cache answers them. */
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { refuseExchange } from "./refuse.ts";

/** Room for what is added: Host, Via, CDN-Loop, the X-Forwarded fields, the trace. */
const ADDED_BYTES = 1_024;

/** A 431 that is never stored, when the origin must not see so long a header; it might answer with an error page. */
export function overBudget<B>(exchange: Exchange<B>): Reply<B> | undefined {
  let bytes = ADDED_BYTES;
  for (const [name, value] of exchange.request.fields) bytes += name.length + value.length + ": \r\n".length;
  if (bytes <= exchange.edge.limits.forwardedHeaderTotalMaxBytes) return undefined;
  return refuseExchange(exchange, 431, "too-large");
}
