/** Accepts connections as raw wires where this Node lets us, as plain ones where it does not (docs/decisions/0006-raw-sockets.md). */
import type { Server } from "node:net";
import { PlainWire } from "./plain-wire.ts";
import { rawSockets } from "./raw-handle.ts";
import { RawShared, RawWire } from "./raw-wire.ts";
import type { Wire } from "./wire.ts";

let warned = false;

/** Hands each connection that a listening server accepts to `accept`. Says once a process why they are plain, if nobody asked for it. */
export function acceptWires(
  server: Server,
  options: { readonly raw: boolean; onError(error: Error): void },
  accept: (wire: Wire) => void,
): void {
  const raw = options.raw ? rawSockets(server) : undefined;
  if (raw === undefined || typeof raw === "string") {
    server.on("connection", (socket) => accept(new PlainWire(socket)));
    if (raw !== undefined) warn(raw);
    return;
  }
  const shared = new RawShared(raw.streams);
  raw.handle.onconnection = (error, handle) => {
    if (error === 0) accept(new RawWire(shared, handle));
    else options.onError(new Error(`accept failed with ${error}`));
  };
}

function warn(why: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(`connections use Node's streams, which are slower: ${why}`, { code: "ANTIPODE_PLAIN_SOCKETS" });
}
