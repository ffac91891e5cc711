/** From what undici, TLS, DNS and sockets report to the ports' words for a failed exchange. */
import type { UpstreamFailure } from "../../core/ports.ts";

/** A failure on its way through undici, which passes errors on as they are. */
export class FailureError extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure, detail: string) {
    super(detail);
    this.failure = failure;
  }
}

const BY_CODE: Readonly<Record<string, UpstreamFailure>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect-timeout",
  ETIMEDOUT: "connect-timeout",
  UND_ERR_HEADERS_TIMEOUT: "first-byte-timeout",
  UND_ERR_HEADERS_OVERFLOW: "malformed",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "malformed",
  ERR_ASSERTION: "malformed",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  EAI_FAIL: "unresolved",
  EAI_NODATA: "unresolved",
  EAI_NONAME: "unresolved",
  ENODATA: "unresolved",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls",
  EPROTO: "tls",
};

/** An error while connecting: nothing was sent yet. */
export function connectFailure(error: Error, scheme: "http" | "https"): FailureError {
  if (error instanceof FailureError) return error;
  const code = codeOf(error);
  const known = BY_CODE[code];
  if (known !== undefined) return new FailureError(known, describe(error, code));
  const spokeTls = scheme === "https" && (isCertificateCode(code) || code.startsWith("ERR_SSL") || reachedTls(error));
  return new FailureError(spokeTls ? "tls" : "refused", describe(error, code));
}

/** An error after the request was handed to a connection and before its response was usable. */
export function exchangeFailure(error: Error): FailureError {
  if (error instanceof FailureError) return error;
  const code = codeOf(error);
  // In TLS 1.3 a server refuses our certificate only after the handshake has ended for us.
  if (code.startsWith("ERR_SSL_") && code.includes("_ALERT_")) return new FailureError("tls", describe(error, code));
  if (code.startsWith("HPE_") || error.name === "HTTPParserError") {
    return new FailureError("malformed", describe(error, code));
  }
  // undici's words for an unexpected 100, an unexpected 101 and bytes that nobody asked for.
  if (code === "UND_ERR_SOCKET" && /^bad (?:response|upgrade)$/.test(error.message)) {
    return new FailureError("malformed", error.message);
  }
  return new FailureError(BY_CODE[code] ?? "reset", describe(error, code));
}

function codeOf(error: Error): string {
  if ("code" in error && typeof error.code === "string") return error.code;
  return "";
}

function describe(error: Error, code: string): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const message = first instanceof Error ? first.message : error.message;
  return message === "" ? code : message;
}

/** X509 verification codes as OpenSSL names them: CERT_HAS_EXPIRED, DEPTH_ZERO_SELF_SIGNED_CERT, … */
function isCertificateCode(code: string): boolean {
  return /CERT|CRL|ISSUER|SIGNATURE|HOSTNAME_MISMATCH|CHAIN/.test(code);
}

function reachedTls(error: Error): boolean {
  return error.message.includes("before secure TLS connection");
}
