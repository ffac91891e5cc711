/** Requests to control: plain on loopback only; over TLS the key of its certificate is the one that is expected. */
import { type ClientRequest, request as plainRequest, type RequestOptions } from "node:http";
import { request as tlsRequest } from "node:https";
import { isIP } from "node:net";
import { connect } from "node:tls";
import { keyFingerprintOf } from "./x509/certificate.ts";

/** How control's certificate is judged over TLS. */
export type ControlTrust =
  /** By SHA-256 of its public key, in hexadecimal. */
  | { readonly kind: "key"; readonly fingerprint: string }
  /** By the authorities that the system trusts. */
  | { readonly kind: "system" }
  /** Not at all: TLS is not spoken. */
  | { readonly kind: "none" };

/** Opens a request, or says in one sentence why it may not. `connectMs`: a TLS handshake that takes longer is given up. */
export type SendToControl = (url: URL, options: RequestOptions, connectMs: number) => ClientRequest | string;

/** The way to control. */
export function controlSender(trust: ControlTrust): SendToControl {
  return (url, options, connectMs) => {
    if (url.protocol === "http:") {
      return isLoopback(url.hostname)
        ? plainRequest(url, options)
        : "plain HTTP is spoken on loopback only; write https://";
    }
    switch (trust.kind) {
      case "none":
        return "the join token is for plain HTTP; take the one of a control with TLS";
      case "system":
        return tlsRequest(url, options);
      case "key":
        return tlsRequest(url, { ...options, createConnection: pinnedConnection(url, trust.fingerprint, connectMs) });
    }
  };
}

/** A TLS connection that is handed over, and so written to, only after the key of its certificate was found to be the expected one. */
function pinnedConnection(
  url: URL,
  fingerprint: string,
  connectMs: number,
): NonNullable<RequestOptions["createConnection"]> {
  return (_options, onCreate) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port: Number(url.port) || 443, rejectUnauthorized: false, ...servername });
    const fail = (error: Error): void => onCreate(error, socket);
    socket.once("error", fail);
    // A request that is destroyed before it has its socket says nothing: the way to it must end by itself.
    const timer = setTimeout(() => socket.destroy(new Error("it does not answer")), connectMs);
    socket.once("close", () => clearTimeout(timer));
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      const certificate = socket.getPeerX509Certificate();
      if (certificate !== undefined && keyFingerprintOf(certificate) === fingerprint) return onCreate(null, socket);
      socket.destroy();
      return fail(new Error("its key is not the one that is expected (of the join token, or after # in the address)"));
    });
    return undefined;
  };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);
}
