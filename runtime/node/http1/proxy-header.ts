/** Waits for the PROXY header that a load balancer puts before a client's bytes (core/net/proxy-protocol.ts). */
import type { Socket } from "node:net";
import { readProxyHeader } from "../../../core/net/proxy-protocol.ts";

/**
 * Reads the header and hands the socket on with what follows it unread. `done` gets the client's address, or undefined
 * when the load balancer speaks for itself. A socket whose header is broken, or late, is closed and not handed on.
 */
export function afterProxyHeader(
  socket: Socket,
  timeoutMs: number,
  done: (clientAddress: string | undefined) => void,
): void {
  let held: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const giveUp = (): void => void socket.destroy();
  const stop = (): void => {
    clearTimeout(timer);
    socket.off("data", take);
    socket.off("end", giveUp);
    socket.off("error", giveUp);
    socket.off("close", stop);
  };
  const take = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const header = readProxyHeader(held);
    if (header.kind === "incomplete") return;
    if (header.kind === "malformed") {
      socket.resetAndDestroy();
      return;
    }
    socket.pause();
    stop();
    done(header.source?.address);
    if (held.length > header.bytes) socket.unshift(held.subarray(header.bytes));
    socket.resume();
  };
  socket.on("data", take);
  socket.on("end", giveUp);
  socket.on("error", giveUp);
  socket.on("close", stop);
}
