/** The join token: a secret to enrol with, the ledger's public key, and the fingerprint of control's TLS key. */

/** What a join token carries. */
export interface JoinToken {
  /** The bearer token for `POST /v1/enrol`. */
  readonly secret: string;
  /** Ed25519, 32 bytes in base64url: heads are signed with it. */
  readonly ledgerKey: string;
  /** SHA-256 of the public key of control's certificate in hexadecimal; undefined: plain HTTP on loopback. */
  readonly tlsFingerprint: string | undefined;
}

const PLAIN = "plain";
const FORM = /^apj1:(apt_[A-Za-z0-9._~-]{40,200}):([A-Za-z0-9_-]{43}):(plain|[0-9a-f]{64})$/;

/** The text of a token. */
export function joinTokenText({ secret, ledgerKey, tlsFingerprint = PLAIN }: JoinToken): string {
  return `apj1:${secret}:${ledgerKey}:${tlsFingerprint}`;
}

/** Reads a token; undefined when it is none. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const [, secret, ledgerKey, fingerprint] = FORM.exec(text.trim()) ?? [];
  if (secret === undefined || ledgerKey === undefined) return undefined;
  return { secret, ledgerKey, tlsFingerprint: fingerprint === PLAIN ? undefined : fingerprint };
}
