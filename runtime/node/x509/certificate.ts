/** Makes X.509 certificates (RFC 5280) over P-256 keys: control's own, the fleet's authority, and those of nodes. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  type X509Certificate,
} from "node:crypto";
import { parseAddress } from "../../../core/net/address.ts";
import { bits, der, integer, octets, oid, sequence, setOf, TRUE, time, utf8 } from "./der.ts";

/** What a certificate is to say. */
export interface CertificateRequest {
  /** The common name. */
  readonly name: string;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** DNS names, addresses and URIs that it speaks for. */
  readonly for: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** An authority signs others; a node serves and asks. */
  readonly kind: "authority" | "node";
}

/** Who signs. */
export interface Issuer {
  readonly name: string;
  /** A P-256 key as PKCS #8 in PEM. */
  readonly keyPem: string;
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const SERIAL_BYTES = 16;

/** The certificate in PEM, signed. Throws when the issuer's key is none. */
export function makeCertificate(request: CertificateRequest, issuer: Issuer): string {
  const key = createPrivateKey(issuer.keyPem);
  const toSign = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(SERIAL_BYTES)),
    ECDSA_SHA256,
    nameOf(issuer.name),
    sequence(time(request.notBeforeMs), time(request.notAfterMs)),
    nameOf(request.name),
    request.publicKey,
    der(0xa3, sequence(...extensionsOf(request, publicKeyOf(issuer.keyPem)))),
  );
  const signature = sign("sha256", toSign, { key, dsaEncoding: "der" });
  const whole = sequence(toSign, ECDSA_SHA256, bits(signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The public half of a private key, as SubjectPublicKeyInfo in DER. */
export function publicKeyOf(keyPem: string): Buffer {
  return spkiOf(createPublicKey(createPrivateKey(keyPem)));
}

/** SHA-256 of a certificate's public key in hexadecimal: the same for every certificate of one key. */
export function keyFingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256").update(spkiOf(certificate.publicKey)).digest("hex");
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

function nameOf(commonName: string): Buffer {
  return sequence(setOf(sequence(oid("2.5.4.3"), utf8(commonName))));
}

function extensionsOf(request: CertificateRequest, issuerKey: Buffer): readonly Buffer[] {
  const isAuthority = request.kind === "authority";
  // keyCertSign and cRLSign; or digitalSignature.
  const usage = isAuthority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7);
  const purposes = sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"));
  const names = request.for.map(generalName);
  return [
    extension("2.5.29.19", "critical", isAuthority ? sequence(TRUE, integer(Buffer.from([0]))) : sequence()),
    extension("2.5.29.15", "critical", usage),
    extension("2.5.29.14", "plain", octets(keyIdOf(request.publicKey))),
    extension("2.5.29.35", "plain", sequence(der(0x80, keyIdOf(issuerKey)))),
    ...(isAuthority ? [] : [extension("2.5.29.37", "plain", purposes)]),
    ...(names.length === 0 ? [] : [extension("2.5.29.17", "plain", sequence(...names))]),
  ];
}

function extension(id: string, kind: "critical" | "plain", value: Buffer): Buffer {
  return sequence(oid(id), ...(kind === "critical" ? [TRUE] : []), octets(value));
}

/** RFC 7093 §2, method 1: the leftmost 160 bits of the SHA-256 of the key. */
function keyIdOf(publicKey: Buffer): Buffer {
  return createHash("sha256").update(publicKey).digest().subarray(0, 20);
}

function generalName(name: string): Buffer {
  const address = parseAddress(name);
  if (address !== undefined) return der(0x87, Buffer.from(address.bytes));
  return der(name.includes("://") ? 0x86 : 0x82, Buffer.from(name, "latin1"));
}
