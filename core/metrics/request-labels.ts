/** Label values of requests: closed lists, whatever a client or an origin sends. */
import { REFUSALS } from "../http/refusals.ts";
import { RATE_REASONS } from "../overload/rates.ts";

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The registered codes (IANA HTTP Status Code Registry) that an answer may have. */
const STATUSES: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424],
  ...[425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
]);

const REFUSAL_REASONS: ReadonlySet<string> = new Set([...Object.keys(REFUSALS), ...RATE_REASONS]);

/** The label of the reason for which a request was refused. */
export function refusalLabel(reason: string): string {
  return REFUSAL_REASONS.has(reason) ? reason : "other";
}

/** The label of a method. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : "other";
}

/** The label of a status. */
export function statusLabel(status: number): string {
  if (STATUSES.has(status)) return `${status}`;
  return status >= 100 && status <= 599 ? `${Math.floor(status / 100)}xx` : "other";
}
