/** What methods promise (RFC 9110 §9.2), and whether a request that failed may be sent again. */
import type { UpstreamFailure } from "../ports.ts";

/** Methods that change nothing (RFC 9110 §9.2.1); every other one is unsafe, known or not. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH"]);

/** Failures after which the server cannot have seen the request. */
const NOT_SENT: ReadonlySet<UpstreamFailure> = new Set([
  "refused",
  "unresolved",
  "connect-timeout",
  "tls",
  "busy",
  "unavailable",
]);

/** Whether a method is safe. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/** Whether sending it twice means no more than sending it once (RFC 9110 §9.2.2). */
export function isIdempotentMethod(method: string): boolean {
  return isSafeMethod(method) || method === "PUT" || method === "DELETE";
}

/** Whether another server may be asked: no body is spent, and the request was not sent or may be sent twice. */
export function mayAskAnother(method: string, body: unknown, failure: UpstreamFailure): boolean {
  return body === undefined && (NOT_SENT.has(failure) || isIdempotentMethod(method));
}

/** Methods that a public listener lets through, for `Allow` (RFC 9110 §10.2.1); others pass too if they are tokens. */
export const ALLOWED_METHODS = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";
