/** How an origin knows that a request comes from its CDN: nothing, a signed header, or the signature of a bucket. */
import type { AccessPolicy } from "../core/config/policy.ts";
import type { Fields } from "../core/http/fields.ts";
import type { Eventually, Hashing } from "../core/ports.ts";
import { bucketFields, bucketTarget } from "./bucket.ts";
import { signedFields } from "./signature.ts";

/** Method, target and fields of a request to an origin. */
export interface Signable {
  readonly method: string;
  readonly target: string;
  readonly fields: Fields;
}

/** The request as it is to be sent. */
export function withAccess<R extends Signable>(
  request: R,
  { signatureSecret, bucket }: AccessPolicy,
  nowMs: number,
  hashing: Hashing,
): Eventually<R> {
  if (signatureSecret === undefined && bucket === undefined) return request;
  return signed(request, { signatureSecret, bucket }, nowMs, hashing);
}

async function signed<R extends Signable>(
  request: R,
  { signatureSecret, bucket }: AccessPolicy,
  nowMs: number,
  hashing: Hashing,
): Promise<R> {
  const target = bucket === undefined ? request.target : (bucketTarget(request.target, bucket) ?? request.target);
  let made: R = { ...request, target };
  if (bucket !== undefined) made = { ...made, fields: await bucketFields(made, bucket, nowMs, hashing) };
  if (signatureSecret !== undefined) {
    made = { ...made, fields: await signedFields(made, signatureSecret, nowMs, hashing) };
  }
  return made;
}
