/** Every reason for which the guard refuses a request, with its status and the rule behind it. */

/** The closed list: reason → [status, rule]. FAULTS classes in brackets. */
export const REFUSALS = {
  "request-line-too-long": [414, "the request line is over its limit (RFC 9112 §3) [F34]"],
  "url-too-long": [414, "the request target is over its limit (RFC 9112 §3) [F34]"],
  "field-line-too-long": [431, "a field line is over its limit (RFC 6585 §5) [F34]"],
  "head-too-long": [431, "the head is over its limit (RFC 6585 §5) [F34]"],
  "too-many-fields": [431, "more fields than the limit (RFC 6585 §5) [F34]"],
  "method-syntax": [400, "the method is not a token (RFC 9110 §9.1) [F28]"],
  "method-refused": [405, "TRACE, CONNECT and PURGE are refused on public listeners [F28]"],
  version: [505, "neither HTTP/1.0 nor HTTP/1.1 (RFC 9110 §15.6.6) [F27]"],
  "field-name": [400, "a field name is not a token (RFC 9110 §5.1) [F06, F19]"],
  "field-name-lookalike": [400, "an underscore spells a field that frames or identifies [F07]"],
  "field-value": [400, "a field value has a control character (RFC 9110 §5.5) [F12, F18]"],
  "connection-field": [400, "a connection-specific field in HTTP/2 or an upper-case name (RFC 9113 §8.2) [F35]"],
  "length-and-coding": [400, "Content-Length beside Transfer-Encoding (RFC 9112 §6.1) [F01]"],
  "length-repeated": [400, "more than one Content-Length (RFC 9112 §6.3) [F02, F03]"],
  "length-syntax": [400, "Content-Length is not a plain decimal number (RFC 9110 §8.6) [F04, F05]"],
  "coding-repeated": [400, "more than one Transfer-Encoding [F12]"],
  "coding-version": [400, "Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1) [F11]"],
  "coding-unknown": [501, "a transfer coding other than chunked before it (RFC 9112 §6.1) [F09]"],
  "coding-syntax": [400, "Transfer-Encoding is not exactly chunked (RFC 9112 §6.3) [F08, F10, F12]"],
  "body-not-allowed": [400, "a body on GET or HEAD (RFC 9110 §9.3.1) [F29]"],
  "body-too-large": [413, "the body is over the limit (RFC 9110 §15.5.14)"],
  "host-missing": [400, "no Host (RFC 9112 §3.2) [F20]"],
  "host-repeated": [400, "more than one Host (RFC 9112 §3.2) [F21]"],
  "host-syntax": [400, "Host is not a name or address with an optional port (RFC 9110 §7.2) [F22]"],
  "host-mismatch": [400, "the target's authority is not the Host (RFC 9112 §3.2.2) [F23]"],
  "target-form": [400, "the target has none of the allowed forms (RFC 9112 §3.2) [F24]"],
  "target-scheme": [400, "the target's scheme is not the listener's (RFC 9110 §7.4) [F24]"],
  "target-character": [400, "a character that no target may have raw (RFC 3986 §2) [F24, F25]"],
  "target-encoded-control": [400, "an encoded NUL, CR or LF in the target [F26]"],
  "request-line": [
    400,
    "the request line is not method, target and version with one space between (RFC 9112 §3) [F27]",
  ],
  "line-end": [400, "a line that does not end with CR LF (RFC 9112 §2.2) [F18]"],
  "field-folded": [400, "a field line begins with a space: obsolete folding (RFC 9112 §5.2) [F19]"],
  "field-line": [400, "a field line without a colon (RFC 9112 §5) [F19]"],
  "chunk-size": [400, "a chunk size that is not 1 to 13 hexadecimal digits (RFC 9112 §7.1) [F13, F14]"],
  "chunk-extension": [400, "a chunk extension that is malformed or over 4 KiB with the others (RFC 9112 §7.1.1) [F16]"],
  "chunk-end": [400, "a chunk's data is not followed by CR LF (RFC 9112 §7.1) [F15]"],
  trailer: [400, "a trailer section that is malformed or over 8 KiB (RFC 9112 §7.1.2) [F17]"],
  misdirected: [421, "the connection's certificate is not for this host (RFC 9110 §15.5.20) [D13]"],
  "site-full": [503, "the site has as many connections as it may [L05]"],
  "head-too-slow": [408, "the head did not come in time (RFC 9110 §15.5.9) [L01]"],
  "body-too-slow": [408, "the body did not come in time (RFC 9110 §15.5.9) [L02]"],
  expectation: [417, "an expectation other than 100-continue, or one without a body (RFC 9110 §10.1.1) [F32]"],
} as const satisfies Record<string, readonly [status: number, rule: string]>;

/** One of the closed list. */
export type RefusalReason = keyof typeof REFUSALS;

/** A request that goes no further: answered with this status, its connection closed. */
export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  readonly reason: RefusalReason;
}

/** The refusal for a reason. */
export function refused(reason: RefusalReason): Refused {
  return { kind: "refused", status: REFUSALS[reason][0], reason };
}
