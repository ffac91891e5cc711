/**
 * AWS Signature Version 4 for requests without a signed body, as S3-compatible stores verify it; by the published
 * algorithm ("Authenticating Requests: Using the Authorization Header").
 */
import type { SigningIdentity } from "../core/config/policy.ts";
import { type Fields, fieldValue } from "../core/http/fields.ts";
import type { Hashing } from "../core/ports.ts";

/** What is signed. `fields` hold exactly those that are, lower case; `query` is in canonical form already. */
export interface SignableRequest {
  readonly method: string;
  /** As it is sent: each segment encoded once. */
  readonly path: string;
  readonly query: string;
  readonly fields: Fields;
  /** SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** SHA-256 of nothing. */
export const EMPTY_PAYLOAD_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** `20130524T000000Z`: the form of `x-amz-date`. */
export function amzDate(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** The value of Authorization. */
export async function authorizationV4(
  request: SignableRequest,
  identity: SigningIdentity,
  atMs: number,
  hashing: Hashing,
): Promise<string> {
  const date = amzDate(atMs);
  const day = date.slice(0, 8);
  const scope = `${day}/${identity.region}/${identity.service}/aws4_request`;
  const canonical = canonicalRequest(request);
  const toSign = [ALGORITHM, date, scope, hexOf(await hashing.sha256(canonical))].join("\n");
  const signature = hexOf(await hashing.hmacSha256(await signingKey(identity, day, hashing), toSign));
  const credential = `Credential=${identity.accessKeyId}/${scope}`;
  return `${ALGORITHM} ${credential}, SignedHeaders=${signedNames(request.fields)}, Signature=${signature}`;
}

/** The canonical request: what both sides must write alike. */
export function canonicalRequest({ method, path, query, fields, payloadHash }: SignableRequest): string {
  const names = [...new Set(fields.map(([name]) => name))].sort();
  const lines = names.map((name) => `${name}:${signedValue(fields, name)}\n`).join("");
  return [method, path, query, lines, names.join(";"), payloadHash].join("\n");
}

function signedNames(fields: Fields): string {
  return [...new Set(fields.map(([name]) => name))].sort().join(";");
}

function signedValue(fields: Fields, name: string): string {
  const values = fields.filter((line) => line[0] === name).map(([, value]) => value.trim().replace(/ +/g, " "));
  return values.join(",");
}

/** Derived keys hold for a day; one is remembered for each identity. */
const remembered = new WeakMap<SigningIdentity, { readonly day: string; readonly key: Uint8Array }>();

async function signingKey(identity: SigningIdentity, day: string, { hmacSha256 }: Hashing): Promise<Uint8Array> {
  const known = remembered.get(identity);
  if (known?.day === day) return known.key;
  let key = await hmacSha256(`AWS4${identity.secretAccessKey}`, day);
  for (const part of [identity.region, identity.service, "aws4_request"]) key = await hmacSha256(key, part);
  remembered.set(identity, { day, key });
  return key;
}

/** Bytes in lower-case hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The Host of a request, which both kinds of signatures cover. */
export function hostOf(fields: Fields): string {
  return fieldValue(fields, "host") ?? "";
}
