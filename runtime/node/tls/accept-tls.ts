/** TLS in front of a listener: handshakes bounded in time and number, then HTTP/1.1 or HTTP/2 as the client chose (RFC 7301). */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Cidr } from "../../../core/net/address.ts";
import { Rates } from "../../../core/overload/rates.ts";
import { PlainWire } from "../http1/plain-wire.ts";
import type { Http2Limits } from "../http2/http2-limits.ts";
import type { ServerCertificate } from "./server-certificate.ts";

/** How a listener does TLS. */
export interface TlsOptions {
  readonly certificate: ServerCertificate;
  readonly handshakeTimeoutMs: number;
  /** Of one address; 0 sets no limit. */
  readonly handshakesPerIpPerSecondMax: number;
  readonly handshakesPerIpBurst: number;
  /** What clients may do who chose HTTP/2. */
  readonly http2: Http2Limits;
  /** Told in one line when a renewed certificate cannot be used. */
  tell(problem: string): void;
}

/** Addresses whose handshakes are counted. */
const ADDRESSES_MAX = 100_000;
/** Sessions that clients may come back with. */
const SESSION_SECONDS = 86_400;

/** A server of secure connections. Its certificate is renewed while it listens. */
export function createTlsServer(options: TlsOptions, trusted: readonly Cidr[]): Server {
  const { certificate, handshakeTimeoutMs: handshakeTimeout } = options;
  const server = createServer({
    ...{ allowHalfOpen: true, noDelay: true, handshakeTimeout, sessionTimeout: SESSION_SECONDS },
    ...certificate.secure,
    ALPNProtocols: ["h2", "http/1.1"],
  });
  server.on("tlsClientError", (_, socket) => socket.destroy());
  const rates = new Rates(handshakeRates(options), trusted);
  server.prependListener("connection", (socket: Socket) => {
    if (rates.request(socket.remoteAddress ?? "", Date.now()) !== undefined) socket.destroy();
  });
  const stop = certificate.watch(() => server.setSecureContext(certificate.secure), options.tell);
  server.on("close", stop);
  return server;
}

function handshakeRates({ handshakesPerIpPerSecondMax: perSecond, handshakesPerIpBurst }: TlsOptions) {
  return {
    requestsPerIpPerSecondMax: perSecond,
    ...{ missesPerIpPerSecondMax: 0, clientErrorsPerIpPerSecondMax: 0, rateAddressesMax: ADDRESSES_MAX },
    rateBurstSeconds: perSecond === 0 ? 1 : handshakesPerIpBurst / perSecond,
  };
}

/**
 * Whether a request for a host belongs on a connection: it is the name that the client gave in TLS, or the certificate is for
 * it, too, so that a browser may use one connection for both (RFC 9113 section 9.1.1). Who gave no name is not held to it.
 */
export function belongsTo({ servername }: TLSSocket, authority: string, covers: (host: string) => boolean): boolean {
  if (typeof servername !== "string" || servername === "") return true;
  const host = authority.replace(/:\d+$/, "");
  return host === servername.toLowerCase() || covers(host);
}

/** A wire on a secure socket. Its reset is a close without the goodbye of TLS: what was cut is not taken for whole (RFC 8446 section 6.1). */
export class TlsWire extends PlainWire {
  readonly #secure: TLSSocket;
  readonly #covers: (host: string) => boolean;

  constructor(socket: TLSSocket, covers: (host: string) => boolean) {
    super(socket);
    this.#secure = socket;
    this.#covers = covers;
  }

  isFor(authority: string): boolean {
    return belongsTo(this.#secure, authority, this.#covers);
  }

  override reset(): void {
    this.#secure.destroy();
  }
}
