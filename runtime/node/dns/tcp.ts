/** DNS over TCP (RFC 7766): two bytes of length before each message, many messages on a connection, slow ones cut. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { DnsMessage } from "../../../core/dns/dns-server.ts";
import { subscriberOf } from "../../../core/net/subscriber.ts";
import { plainAddress } from "./plain-address.ts";

/** The settings. */
export interface TcpLimits {
  readonly dnsTcpConnectionsMax: number;
  readonly dnsTcpConnectionsPerIpMax: number;
  readonly dnsTcpIdleMs: number;
}

/** A query is never longer; a connection that announces more is cut. */
const MESSAGE_MAX_BYTES = 4096;
/** Beyond so many bytes that wait to be sent no more queries are read. */
const UNSENT_MAX_BYTES = 256 * 1024;

/** What answers. */
type Answer = (message: DnsMessage) => Uint8Array | undefined;

/** The listener. */
export interface TcpListener {
  readonly server: Server;
  connections(): number;
  close(): Promise<void>;
}

/** Listens. Rejects with the error of the system. */
export async function listenTcp(
  options: {
    readonly host: string;
    readonly port: number;
    readonly reusePort: boolean;
    readonly tcp: TcpLimits;
    /** Told of a connection that could not be accepted. */
    onError(error: unknown): void;
  },
  answer: Answer,
): Promise<TcpListener> {
  const { host, port, reusePort, tcp } = options;
  const open = new Connections(tcp);
  const server = createServer({ noDelay: true }, (socket) => {
    const address = plainAddress(socket.remoteAddress ?? "");
    if (!open.admit(address, socket)) return void socket.destroy();
    serve(socket, address, tcp.dnsTcpIdleMs, answer);
  });
  server.listen({ host, port, reusePort });
  await once(server, "listening");
  server.on("error", (error) => options.onError(error));
  return {
    server,
    connections: () => open.size,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      open.destroy();
      await closed;
    },
  };
}

/** Who is connected. */
class Connections {
  readonly #limits: TcpLimits;
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();

  constructor(limits: TcpLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** False: there are enough already, in all or of this address. */
  admit(address: string, socket: Socket): boolean {
    const key = subscriberOf(address, [])?.key ?? "";
    const count = this.#counts.get(key) ?? 0;
    if (this.#sockets.size >= this.#limits.dnsTcpConnectionsMax) return false;
    // Loopback is ourselves: it has no limit of its own.
    if (key !== "" && count >= this.#limits.dnsTcpConnectionsPerIpMax) return false;
    this.#sockets.add(socket);
    this.#counts.set(key, count + 1);
    socket.on("close", () => this.#left(key, socket));
    return true;
  }

  #left(key: string, socket: Socket): void {
    this.#sockets.delete(socket);
    const count = (this.#counts.get(key) ?? 1) - 1;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The life of a connection. Its time runs from one whole query to the next, so that nobody stays by a byte now and then. */
function serve(socket: Socket, address: string, idleMs: number, answer: Answer): void {
  let pending: Buffer = Buffer.alloc(0);
  const idle = setTimeout(() => socket.destroy(), idleMs);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => clearTimeout(idle));
  const drain = (): void => {
    while (pending.length >= 2 && !socket.destroyed) {
      const length = pending.readUInt16BE(0);
      if (length > MESSAGE_MAX_BYTES) return void socket.destroy();
      if (pending.length < 2 + length) return;
      if (socket.writableLength > UNSENT_MAX_BYTES) {
        socket.pause();
        socket.once("drain", () => {
          socket.resume();
          drain();
        });
        return;
      }
      idle.refresh();
      const reply = answer({ bytes: pending.subarray(2, 2 + length), address, transport: "tcp" });
      pending = pending.subarray(2 + length);
      // What cannot be answered is no client of ours.
      if (reply === undefined) return void socket.destroy();
      socket.write(Buffer.concat([Buffer.of(reply.length >> 8, reply.length & 0xff), reply]));
    }
  };
  socket.on("data", (bytes: Buffer) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    drain();
  });
}
