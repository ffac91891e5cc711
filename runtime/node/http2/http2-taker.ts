/** The HTTP/2 side of a listener: makes connections of secure sockets and looks after all of them each second. */
import type { TLSSocket } from "node:tls";
import type { ConnectionContext } from "../http1/connection-context.ts";
import { headLimits } from "../http1/listener-options.ts";
import type { TlsOptions } from "../tls/accept-tls.ts";
import { Http2Connection, type Http2Context } from "./http2-connection.ts";

const LOOK_EVERY_MS = 1_000;

/** One for a listener. */
export class Http2Taker {
  readonly #context: Http2Context;
  readonly #connections = new Set<Http2Connection>();
  readonly #timer: NodeJS.Timeout;

  constructor({ options, limits, readers, seats }: ConnectionContext, { http2, certificate }: TlsOptions) {
    const guard = {
      scheme: "https",
      protocol: "http2",
      maxBodyBytes: limits.bodyBytes,
      limits: headLimits(limits),
    } as const;
    this.#context = {
      ...{ options, limits, readers, guard, http2 },
      covers: (host) => certificate.covers(host),
      seat: (connection, authority) => seats?.take(connection, authority) ?? true,
    };
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** The connection on a socket whose client has chosen HTTP/2. */
  take(socket: TLSSocket, peerAddress: string): Http2Connection {
    const connection = new Http2Connection(this.#context, socket, peerAddress);
    this.#connections.add(connection);
    connection.whenClosed(() => this.#connections.delete(connection));
    return connection;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.check(nowMs);
  }
}
