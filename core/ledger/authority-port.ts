/** What control asks of its runtime to certify nodes. */

/** A node's question for a certificate. */
export interface CertificateAsk {
  readonly id: string;
  readonly role: string;
  /** SubjectPublicKeyInfo of a P-256 key in base64. */
  readonly publicKey: string;
  /** `proofText` of the id and the key, signed with it, in base64. */
  readonly proof: string;
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

/** A certificate and who signed it, both in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly authority: string;
  readonly notAfterMs: number;
}

/** Signs the certificates of one fleet. */
export interface FleetAuthority {
  /** Its own certificate in PEM. */
  readonly certificate: string;
  /** Undefined: the key is no P-256 key, or the proof is not by it. */
  issue(ask: CertificateAsk): IssuedCertificate | undefined;
}
