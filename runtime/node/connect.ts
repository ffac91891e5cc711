/**
 * One connection to an upstream: resolve, leave out what is not public, connect (trying IPv6 and IPv4 by turns, RFC 8305),
 * look at who answered, then TLS. Not one byte is sent before the peer's address has been found good (FAULTS O02).
 */
import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup as systemLookup } from "node:dns";
import { connect as connectTcp, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, getCACertificates, type SecureContext } from "node:tls";
import type { buildConnector } from "undici";
import { isPublicAddress } from "../../core/net/address-class.ts";
import type { Target, UpstreamTls } from "../../core/ports.ts";
import { TlsFiles } from "./pem-files.ts";
import { connectFailure, FailureError } from "./upstream-failure.ts";

/** How long one address is tried before the next one is tried beside it, in milliseconds (RFC 8305 §5). */
export const NEXT_ADDRESS_AFTER_MS = 250;

const TCP_KEEP_ALIVE_MS = 60_000;
const READ_AHEAD_BYTES = 65_536;

/** Resolves a name as `dns.lookup` does with `all: true`. */
export type ResolveName = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** What holds for all connections of one owner. */
export interface ConnectOptions {
  /** Further trusted certificate authorities (PEM), beside the system's. */
  readonly trustedAuthorities?: readonly string[];
  readonly resolveName?: ResolveName;
  /** Opens the TCP connection; Node's own unless a test has reasons. */
  readonly dial?: (options: TcpNetConnectOpts) => Socket;
}

/** How one target is to be connected to; each combination has its own pool. */
export interface Route {
  readonly to: Target;
  readonly allowPrivate: boolean;
  /** Name resolution and TLS included. */
  readonly connectMs: number;
  readonly tls?: UpstreamTls | undefined;
}

/** What becomes of a connection: an error, or a socket on which nothing was sent yet. */
export type Done = (error: FailureError | null, socket: Socket | null) => void;

/** undici's connector of a route. */
export function connector(route: Route, options: ConnectOptions): buildConnector.connector {
  const open = connectionOpener(route, options, ["http/1.1"]);
  return (_request, callback) =>
    open((error, socket) => {
      if (socket === null) return callback(error ?? new FailureError("refused", "no connection"), null);
      socket.on("error", (socketError) => {
        if (socket.bytesRead > 0) errorsOfUsedConnections.add(socketError);
      });
      callback(null, socket);
    });
}

/** Opens one connection of a route within its time; over TLS it offers these protocols (RFC 7301). */
export function connectionOpener(
  route: Route,
  options: ConnectOptions,
  protocols: readonly string[],
): (callback: Done) => void {
  const tls = route.to.scheme === "https" ? new TlsOpener(route, options, protocols) : undefined;
  return (callback) => {
    let socket: Socket | undefined;
    let settled = false;
    const done: Done = (error, result) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error !== null) socket?.destroy();
      callback(error, result);
    };
    const timer = setTimeout(
      () => done(new FailureError("connect-timeout", `no connection within ${route.connectMs} ms`), null),
      route.connectMs,
    );
    socket = openTcp(route, options, (error, open) => {
      if (open === null || tls === undefined) done(error, open);
      else tls.open(open, done);
    });
  };
}

function openTcp(route: Route, options: ConnectOptions, done: Done): Socket {
  const { host, port, scheme } = route.to;
  const dial = options.dial ?? connectTcp;
  const how: TcpNetConnectOpts & { readonly highWaterMark: number } = {
    host,
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    lookup: filteredLookup(route.allowPrivate, options.resolveName ?? systemResolve),
    highWaterMark: READ_AHEAD_BYTES,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    noDelay: true,
  };
  const socket = dial(how);
  socket.on("error", (error: Error) => done(connectFailure(error, scheme), null));
  socket.once("connect", () => {
    const address = socket.remoteAddress ?? "an unknown address";
    if (route.allowPrivate || isPublicAddress(address)) done(null, socket);
    else done(new FailureError("forbidden-address", `${address} is not public`), null);
  });
  return socket;
}

/** Puts TLS on connections of a route; keeps the last session, so that the next handshake is short. */
class TlsOpener {
  readonly #serverName: string;
  readonly #protocols: readonly string[];
  readonly #files: TlsFiles;
  #session: Buffer | undefined;

  constructor({ to, tls = {} }: Route, { trustedAuthorities }: ConnectOptions, protocols: readonly string[]) {
    this.#protocols = protocols;
    this.#serverName = tls.serverName ?? to.host;
    const more = trustedAuthorities && [...getCACertificates("default"), ...trustedAuthorities];
    this.#files = new TlsFiles(tls, more);
  }

  open(socket: Socket, done: Done): void {
    const host = this.#serverName;
    try {
      const { context, isNew } = this.#files.context();
      if (isNew) this.#session = undefined;
      this.#handshake(socket, host, context, done);
    } catch (error) {
      done(new FailureError("tls", error instanceof Error ? error.message : String(error)), null);
    }
  }

  #handshake(socket: Socket, host: string, secureContext: SecureContext, done: Done): void {
    // The certificate must be the target's own, whatever Host the request carries; an address has no server name.
    const secured = connectTls({
      socket,
      host,
      ...(isIP(host) === 0 && { servername: host }),
      ...(this.#session !== undefined && { session: this.#session }),
      secureContext,
      ALPNProtocols: [...this.#protocols],
      rejectUnauthorized: true,
    });
    secured.on("session", (session: Buffer) => {
      this.#session = session;
    });
    secured.on("error", (error: Error) => {
      this.#session = undefined;
      done(connectFailure(error, "https"), null);
      secured.destroy();
    });
    secured.once("secureConnect", () => done(null, secured));
  }
}

const errorsOfUsedConnections = new WeakSet<Error>();

/** Whether an error ended a connection that had carried an answer before: the peer may have closed it while idle. */
export function endedUsedConnection(error: Error): boolean {
  return errorsOfUsedConnections.has(error);
}

const systemResolve: ResolveName = (hostname, options, callback) => systemLookup(hostname, options, callback);

/** One resolution per connection; only addresses that may be connected to come out of it. */
function filteredLookup(allowPrivate: boolean, resolveName: ResolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const allowed = allowPrivate ? addresses : addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        return callback(new FailureError("forbidden-address", `${hostname} has no public address`), []);
      }
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
