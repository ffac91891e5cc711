/** Waits for the PROXY header that a load balancer puts before a client's bytes (core/net/proxy-protocol.ts). */
import { readProxyHeader } from "../../../core/net/proxy-protocol.ts";
import type { Wire } from "./wire.ts";

/**
 * Reads the header and hands the wire on, which must then get an owner, with what follows it. `done` gets the client's address, or undefined
 * when the load balancer speaks for itself. A wire whose header is broken, or late, is closed and not handed on.
 */
export function afterProxyHeader(
  wire: Wire,
  timeoutMs: number,
  done: (clientAddress: string | undefined) => void,
): void {
  let held: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => wire.destroy(), timeoutMs);
  wire.attach({
    received: (chunk) => {
      // Copied: it is lent.
      held = Buffer.concat([held, chunk]);
      const header = readProxyHeader(held);
      if (header.kind === "incomplete") return;
      clearTimeout(timer);
      if (header.kind === "malformed") wire.reset();
      else {
        done(header.source?.address);
        if (held.length > header.bytes) wire.replay(held.subarray(header.bytes));
      }
    },
    ended: () => wire.destroy(),
    left: () => {},
    closed: () => clearTimeout(timer),
  });
}
