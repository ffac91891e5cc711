/** The certificates of a fleet: an authority that control keeps, control's own certificate, and short-lived ones for nodes. */
import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import type { CertificateAsk, FleetAuthority, IssuedCertificate } from "../../../core/ledger/authority-port.ts";
import { nodeUri, proofText } from "../../../core/ledger/node-name.ts";
import { keyFingerprintOf, makeCertificate, publicKeyOf } from "./certificate.ts";

const AUTHORITY = "Antipode fleet authority";
const YEAR_MS = 365 * 86_400_000;
/** Clocks that are behind must accept it too. */
const BACKDATE_MS = 3_600_000;

/** A new P-256 key as PKCS #8 in PEM. */
export function newTlsKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
}

/** The authority's own certificate, valid for ten years. */
export function authorityCertificate(keyPem: string, nowMs: number): string {
  return makeCertificate(
    {
      name: AUTHORITY,
      publicKey: publicKeyOf(keyPem),
      for: [],
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + 10 * YEAR_MS,
      kind: "authority",
    },
    { name: AUTHORITY, keyPem },
  );
}

/** A certificate for control's listener, signed by itself: nodes know it by the fingerprint of its key, browsers do not. */
export function selfSignedCertificate(keyPem: string, hosts: readonly string[], nowMs: number): string {
  const name = hosts[0] ?? "antipode-control";
  return makeCertificate(
    {
      name,
      publicKey: publicKeyOf(keyPem),
      for: hosts,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + 10 * YEAR_MS,
      kind: "node",
    },
    { name, keyPem },
  );
}

/** SHA-256 of the public key of a certificate in PEM, in hexadecimal: what a join token carries. Throws when it is none. */
export function tlsFingerprint(pem: string): string {
  return keyFingerprintOf(new X509Certificate(pem));
}

/** The authority of a key and its certificate. */
export function fleetAuthority(keyPem: string, certificate: string): FleetAuthority {
  return { certificate, issue: (ask) => issue(keyPem, certificate, ask) };
}

function issue(keyPem: string, authority: string, ask: CertificateAsk): IssuedCertificate | undefined {
  const publicKey = Buffer.from(ask.publicKey, "base64");
  if (!isProven(ask, publicKey)) return undefined;
  const { id, role, nowMs, lifetimeMs } = ask;
  const notAfterMs = nowMs + lifetimeMs;
  const certificate = makeCertificate(
    {
      name: id,
      publicKey,
      for: [nodeUri({ role, id })],
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs,
      kind: "node",
    },
    { name: AUTHORITY, keyPem },
  );
  return { certificate, authority, notAfterMs };
}

/** Whoever asks must hold the key, and it must be of the one kind that we sign. */
function isProven({ id, proof }: CertificateAsk, publicKey: Buffer): boolean {
  try {
    const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return false;
    // Exported again: exactly what was checked is what is signed.
    if (!key.export({ type: "spki", format: "der" }).equals(publicKey)) return false;
    const text = Buffer.from(proofText(id, publicKey.toString("base64")));
    return verify("sha256", text, { key, dsaEncoding: "der" }, Buffer.from(proof, "base64"));
  } catch {
    return false;
  }
}
