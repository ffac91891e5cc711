/** DNS over UDP: a datagram in, a datagram out. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { DnsMessage } from "../../../core/dns/dns-server.ts";
import { plainAddress } from "./plain-address.ts";

/** Answers that wait for the kernel take no more than this; what is beyond is dropped, as the network would do it. */
const UNSENT_MAX_BYTES = 4 * 1_048_576;
/** What the kernel keeps while the process is at something else. */
const KERNEL_BUFFER_BYTES = 4 * 1_048_576;

/** Listens. Rejects with the error of the system. */
export async function listenUdp(
  { host, port, reusePort }: { readonly host: string; readonly port: number; readonly reusePort: boolean },
  answer: (message: DnsMessage) => Uint8Array | undefined,
): Promise<{ close(): Promise<void> }> {
  const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", reusePort });
  socket.on("message", (bytes, from) => take(socket, bytes, from, answer));
  socket.bind({ address: host, port });
  await once(socket, "listening");
  // An error of one datagram is nobody's business: the asker asks again.
  socket.on("error", () => {});
  for (const set of [
    () => socket.setRecvBufferSize(KERNEL_BUFFER_BYTES),
    () => socket.setSendBufferSize(KERNEL_BUFFER_BYTES),
  ]) {
    try {
      set();
    } catch {
      // The system has its own bounds, and they do.
    }
  }
  return {
    close: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

const ignored = (): void => {};

function take(
  socket: Socket,
  bytes: Uint8Array,
  from: RemoteInfo,
  answer: (message: DnsMessage) => Uint8Array | undefined,
): void {
  // Port 0 cannot be answered.
  if (from.port === 0 || socket.getSendQueueSize() > UNSENT_MAX_BYTES) return;
  const reply = answer({ bytes, address: plainAddress(from.address), transport: "udp" });
  if (reply !== undefined) socket.send(reply, 0, reply.length, from.port, from.address, ignored);
}
