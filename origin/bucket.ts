/** Private S3-compatible buckets: which object a path names, and the signed request for it. Objects are read, never written or listed. */
import type { BucketPolicy } from "../core/config/policy.ts";
import type { FieldLine, Fields } from "../core/http/fields.ts";
import type { Hashing } from "../core/ports.ts";
import { amzDate, authorizationV4, EMPTY_PAYLOAD_HASH, hostOf } from "./sigv4.ts";

/** The only methods that a bucket is asked with: whoever signs for everybody must not write or list for everybody. */
export function isBucketMethod(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * The target of the object that a client's target names, each byte encoded as the store does it. The query is left out: it
 * could ask for the list of objects, for their permissions, or set headers of the response. Undefined: it names none.
 */
export function bucketTarget(target: string, { name, indexDocument }: BucketPolicy): string | undefined {
  const path = target.split("?", 1)[0] ?? "";
  if (!path.startsWith("/")) return undefined;
  const bytes = decoded(path);
  if (bytes === undefined) return undefined;
  const segments = bytes.split("/");
  if (segments.some((segment) => segment === "." || segment === "..") || bytes.includes("\0")) return undefined;
  const whole = `${name === undefined ? "" : `/${name}`}${bytes}${bytes.endsWith("/") ? indexDocument : ""}`;
  return whole.replace(/[^A-Za-z0-9\-._~/]/g, encoded);
}

/** %-decoded, one character a byte. Undefined: a "%" without two digits, or characters that are no bytes. */
function decoded(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})|[^\x21-\xff]/.test(path)) return undefined;
  return path.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** The fields of a signed request for an object; what a client says in their place is left out. */
export async function bucketFields(
  request: { readonly method: string; readonly target: string; readonly fields: Fields },
  { identity, sessionToken }: BucketPolicy,
  nowMs: number,
  hashing: Hashing,
): Promise<Fields> {
  const kept = request.fields.filter(([name]) => name !== "authorization" && !name.startsWith("x-amz-"));
  const added: FieldLine[] = [
    ["x-amz-content-sha256", EMPTY_PAYLOAD_HASH],
    ["x-amz-date", amzDate(nowMs)],
  ];
  if (sessionToken !== undefined) added.push(["x-amz-security-token", sessionToken]);
  const signed: FieldLine[] = [["host", hostOf(kept)], ...added];
  const { method, target: path } = request;
  const signable = { method, path, query: "", fields: signed, payloadHash: EMPTY_PAYLOAD_HASH };
  const authorization = await authorizationV4(signable, identity, nowMs, hashing);
  return [...kept, ...added, ["authorization", authorization]];
}
