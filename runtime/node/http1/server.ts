/** The HTTP/1.1 listener of the Node runtime: our own parser and guard on plain sockets, a role that answers. */
import { createServer, type Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { contains, parseAddress } from "../../../core/net/address.ts";
import { connectionsWithin } from "../descriptors.ts";
import { Http2Connection } from "../http2/http2-connection.ts";
import { Http2Taker } from "../http2/http2-taker.ts";
import { createTlsServer, type TlsOptions, TlsWire } from "../tls/accept-tls.ts";
import { acceptWires } from "./accept-wires.ts";
import { AddressCounts } from "./address-counts.ts";
import { Connection } from "./connection.ts";
import type { ConnectionContext } from "./connection-context.ts";
import { FieldMemory } from "./field-memory.ts";
import { ListenError } from "./listen-error.ts";
import { headLimits, LISTENER_LIMITS, type ListenerLimits, type ListenOptions } from "./listener-options.ts";
import { afterProxyHeader } from "./proxy-header.ts";
import { inQuietMoment } from "./quiet-moment.ts";
import { ReaderCrowd } from "./reader-patience.ts";
import { SiteSeats } from "./site-seats.ts";
import { TimerWheel } from "./timer-wheel.ts";
import type { Wire } from "./wire.ts";

/** How many, by what there were too many of. */
export interface RefusedConnections {
  readonly "process-full": number;
  readonly "address-full": number;
}

/** A listening listener. */
export interface Listener {
  /** Where it listens, with the port that was really taken. */
  readonly address: { readonly host: string; readonly port: number };
  /** Open connections. */
  connections(): number;
  /** Connections closed at once, because there were too many of all or of one address. */
  readonly refusedConnections: RefusedConnections;
  /** Bytes that were written for clients who have not taken them. */
  queuedBytes(): number;
  /** Takes no more connections, answers what is in flight within `graceMs`, then cuts the rest. */
  close(graceMs: number): Promise<void>;
}

/** A kept connection without a request gets so long to send one, so that none meets a closing door. */
const IDLE_GRACE_MS = 500;
/** Connections that the kernel holds for us until we accept them. */
const BACKLOG = 1_024;

/** Starts listening. Rejects with a `ListenError` that says what to do. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const wanted = { ...LISTENER_LIMITS, ...options.limits };
  const limits = { ...wanted, connections: connectionsWithin(wanted.connections) };
  const { tls, trustedProxies = [] } = options;
  const server = tls ? createTlsServer(tls, trustedProxies) : createServer({ allowHalfOpen: true, noDelay: true });
  const listener = new NodeListener(server, options, limits);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new ListenError(options, error)));
    const { host, port, reusePort = false } = options;
    server.listen({ host, port, reusePort, backlog: BACKLOG }, resolve);
  });
  server.removeAllListeners("error");
  server.on("error", options.onError);
  listener.begin();
  return listener;
}

/** A connection of either protocol. */
interface Member {
  stopKeeping(): void;
  endSoon(): void;
  destroy(): void;
}

class NodeListener implements Listener {
  readonly address: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #connections = new Map<Member, { readonly queuedBytes: number }>();
  readonly #http2: Http2Taker | undefined;
  /** Those whose PROXY header has not come yet. */
  readonly #announcing = new Set<Wire>();
  readonly #context: ConnectionContext;
  readonly #perAddress: AddressCounts;
  readonly #whenEmpty: (() => void)[] = [];
  readonly #refused = { "process-full": 0, "address-full": 0 };

  constructor(server: Server, options: ListenOptions, limits: ListenerLimits) {
    this.#server = server;
    const { tls, scheme = tls ? "https" : "http", trustedProxies = [] } = options;
    const head = headLimits(limits);
    const guard = {
      scheme,
      protocol: "http1",
      maxBodyBytes: limits.bodyBytes,
      limits: head,
      memory: new FieldMemory(),
      ready: options.ready,
    } as const;
    this.#context = {
      options,
      limits,
      guard,
      wheel: new TimerWheel(limits.timerGranularityMs),
      readers: new ReaderCrowd(limits),
      seats: seatsOf(options, limits),
    };
    this.#perAddress = new AddressCounts(limits, trustedProxies);
    this.address = {
      host: options.host,
      get port() {
        return portOf(server);
      },
    };
    this.#context.wheel.start();
    this.#http2 = tls && new Http2Taker(this.#context, tls);
  }

  /** Takes what the listening server accepts. */
  begin(): void {
    const { options } = this.#context;
    if (options.tls !== undefined) return void this.#beginSecure(this.#server, options.tls);
    const raw = options.rawSockets ?? process.env.ANTIPODE_PLAIN_SOCKETS === undefined;
    acceptWires(this.#server, { raw, onError: options.onError }, (wire) => this.#accept(wire));
  }

  #beginSecure(server: Server, { certificate }: TlsOptions): void {
    const covers = (host: string): boolean => certificate.covers(host);
    server.on("secureConnection", (socket: TLSSocket) => {
      const wire = new TlsWire(socket, covers);
      if (socket.alpnProtocol !== "h2") this.#accept(wire);
      else this.#enter(wire, plainAddress(wire.peerAddress), (peer) => this.#http2?.take(socket, peer));
    });
  }

  get refusedConnections(): RefusedConnections {
    return this.#refused;
  }

  connections(): number {
    return this.#open();
  }

  queuedBytes(): number {
    let bytes = 0;
    for (const { queuedBytes } of this.#connections.values()) bytes += queuedBytes;
    return bytes;
  }

  async close(graceMs: number): Promise<void> {
    let closed = Promise.resolve();
    await new Promise<void>((begun) => {
      inQuietMoment(() => {
        closed = new Promise((done) => this.#server.close(() => done()));
        begun();
      });
    });
    for (const wire of this.#announcing) wire.destroy();
    for (const connection of this.#connections.keys()) connection.stopKeeping();
    const idleCut = setTimeout(() => this.#endSoon(), Math.min(graceMs, IDLE_GRACE_MS));
    const cut = setTimeout(() => this.#cut(), graceMs);
    await closed;
    // The server knows nothing of raw wires, and counts others as gone before those who wait for them are told.
    if (this.#open() > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    clearTimeout(idleCut);
    clearTimeout(cut);
    this.#context.wheel.stop();
    this.#http2?.stop();
  }

  #endSoon(): void {
    for (const connection of this.#connections.keys()) connection.endSoon();
  }

  #cut(): void {
    for (const connection of this.#connections.keys()) connection.destroy();
  }

  #accept(wire: Wire): void {
    const peerAddress = plainAddress(wire.peerAddress);
    const { options, limits } = this.#context;
    const peer = options.proxyProtocolFrom === undefined ? undefined : parseAddress(peerAddress);
    const announced = peer !== undefined && options.proxyProtocolFrom?.some((range) => contains(range, peer));
    if (announced !== true || this.#open() >= limits.connections) this.#serve(wire, peerAddress);
    else {
      this.#announcing.add(wire);
      wire.whenClosed(() => {
        if (this.#announcing.delete(wire)) this.#gone();
      });
      afterProxyHeader(wire, limits.headersMs, (clientAddress = peerAddress) => {
        this.#announcing.delete(wire);
        this.#serve(wire, clientAddress);
      });
    }
  }

  #open(): number {
    return this.#connections.size + this.#announcing.size;
  }

  #serve(wire: Wire, peerAddress: string): void {
    this.#enter(wire, peerAddress, (peer) => new Connection(this.#context, wire, peer));
  }

  /** Makes the connection of a wire, unless there are too many. */
  #enter(wire: Wire, peerAddress: string, make: (peerAddress: string) => Member | undefined): void {
    const full = this.#open() >= this.#context.limits.connections;
    const leave = full ? undefined : this.#perAddress.enter(peerAddress);
    if (leave === undefined) {
      this.#refused[full ? "process-full" : "address-full"] += 1;
      wire.reset();
      return;
    }
    const connection = make(peerAddress);
    if (connection === undefined) return void leave();
    // Streams of HTTP/2 wait for the client before the wire does.
    this.#connections.set(connection, connection instanceof Http2Connection ? connection : wire);
    wire.whenClosed(() => {
      this.#connections.delete(connection);
      this.#context.seats?.leave(connection);
      leave();
      this.#gone();
    });
  }

  #gone(): void {
    if (this.#open() === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}

function seatsOf(options: ListenOptions, { connectionsPerSite }: ListenerLimits): ConnectionContext["seats"] {
  const { siteOf } = options;
  return siteOf === undefined || connectionsPerSite === 0 ? undefined : new SiteSeats(siteOf, connectionsPerSite);
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
