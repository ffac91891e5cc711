/** The HTTP/1.1 listener of the Node runtime: node:http at its strictest, our guard behind it, a role that answers. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Connection } from "./connection.ts";
import { takeRequest } from "./exchange.ts";
import { ListenError } from "./listen-error.ts";
import { LISTENER_LIMITS, type ListenerLimits, type ListenOptions } from "./listener-options.ts";
import { statusOfParseError } from "./parse-error.ts";

/** A listening listener. */
export interface Listener {
  /** Where it listens, with the port that was really taken. */
  readonly address: { readonly host: string; readonly port: number };
  /** Open connections. */
  connections(): number;
  /** Takes no more connections, answers what is in flight within `graceMs`, then cuts the rest. */
  close(graceMs: number): Promise<void>;
}

/** Node cannot count fields, it only drops those beyond its limit; this lets the guard see that there are too many. */
const FIELDS_SHOWN_TO_GUARD = 128;
const HEAD_BYTES = 16_384;
const SOCKET_BUFFER_BYTES = 65_536;

/** Starts listening. Rejects with a `ListenError` that says what to do. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = { ...LISTENER_LIMITS, ...options.limits };
  const server = strictServer(limits);
  const listener = new NodeListener(server, options, limits);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new ListenError(options, error)));
    server.listen({ host: options.host, port: options.port, backlog: 1_024 }, resolve);
  });
  server.removeAllListeners("error");
  server.on("error", options.onError);
  return listener;
}

function strictServer(limits: ListenerLimits): Server {
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: HEAD_BYTES,
    requireHostHeader: false,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.timerGranularityMs,
    highWaterMark: SOCKET_BUFFER_BYTES,
    noDelay: true,
  });
  server.maxHeadersCount = FIELDS_SHOWN_TO_GUARD;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  server.maxConnections = limits.connections;
  server.timeout = limits.writeStallMs;
  return server;
}

class NodeListener implements Listener {
  readonly address: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #connections = new Map<object, Connection>();

  constructor(server: Server, options: ListenOptions, limits: ListenerLimits) {
    this.#server = server;
    const context = { options, limits };
    const connections = this.#connections;
    this.address = {
      host: options.host,
      get port() {
        return portOf(server);
      },
    };
    server.on("connection", (socket) => this.#accept(socket, limits));
    server.on("request", (request, response) => {
      const connection = connections.get(request.socket);
      if (connection !== undefined) takeRequest(context, connection, request, response);
    });
    // Expectations are the guard's to judge, so both events are ordinary requests.
    server.on("checkContinue", (request, response) => server.emit("request", request, response));
    server.on("checkExpectation", (request, response) => server.emit("request", request, response));
    server.on("connect", (request, socket) => this.#refuseUnreadable(context, socket, 405, "CONNECT", request.method));
    server.on("clientError", (error, socket) => {
      const status = statusOfParseError(error);
      if (status === undefined) socket.destroy();
      else this.#refuseUnreadable(context, socket, status, error.message, undefined);
    });
    server.on("timeout", (socket) => this.#stalled(socket));
  }

  connections(): number {
    return this.#connections.size;
  }

  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections.values()) {
      if (connection.idle) connection.socket.destroy();
      else connection.stopTaking();
    }
    const cut = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(cut);
    // The server counts a connection as gone a little before those who wait for it are told.
    await Promise.all([...this.#connections.values()].map(({ socket }) => once(socket, "close")));
  }

  #accept(socket: Socket, limits: ListenerLimits): void {
    this.#connections.set(socket, new Connection(socket, limits));
    socket.once("close", () => this.#connections.delete(socket));
  }

  #refuseUnreadable(
    context: { readonly options: ListenOptions },
    socket: object,
    status: number,
    detail: string,
    method: string | undefined,
  ): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || !connection.fail(status)) return;
    context.options.onRefused?.({
      atMs: Date.now(),
      status,
      reason: "unreadable",
      detail,
      peerAddress: connection.peerAddress,
      method,
      target: undefined,
    });
  }

  /** Nothing moved for a while: idle and stuck connections go; one that waits for its role's answer stays. */
  #stalled(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined && !connection.idle && socket.writableLength === 0) return;
    socket.destroy();
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
