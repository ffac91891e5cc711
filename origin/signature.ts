/** The signed header by which an origin knows its CDN: HMAC-SHA256 over time, method, host and target. */
import type { FieldLine, Fields } from "../core/http/fields.ts";
import type { Hashing } from "../core/ports.ts";
import { hexOf, hostOf } from "./sigv4.ts";

/** Its name. A client's own never passes. */
export const SIGNATURE_FIELD = "x-antipode-signature";

/** What an origin verifies: five lines, without one at the end. */
export function signedText(parts: {
  readonly seconds: number;
  readonly method: string;
  readonly host: string;
  readonly target: string;
}): string {
  return ["v1", parts.seconds, parts.method, parts.host, parts.target].join("\n");
}

/** The fields with the signature: `t=<seconds since the epoch>, v1=<hexadecimal>`. */
export async function signedFields(
  request: { readonly method: string; readonly target: string; readonly fields: Fields },
  secret: string,
  nowMs: number,
  hashing: Hashing,
): Promise<Fields> {
  const { method, target, fields } = request;
  const seconds = Math.floor(nowMs / 1000);
  const text = signedText({ seconds, method, host: hostOf(fields), target });
  const signature = hexOf(await hashing.hmacSha256(secret, text));
  const line: FieldLine = [SIGNATURE_FIELD, `t=${seconds}, v1=${signature}`];
  return [...fields.filter(([name]) => name !== SIGNATURE_FIELD), line];
}
