/** SHA-256 and Ed25519 for the ledger, by node:crypto. Keys are raw bytes in base64url. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import type { Digest, Sign, Verify } from "../../core/ledger/chain.ts";

/** SHA-256 of a text, in lower-case hexadecimal. */
export const sha256: Digest = (text) => createHash("sha256").update(text, "utf8").digest("hex");

/** A new key that signs heads, as PKCS #8 in PEM. */
export function newLedgerKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** The signer of a key in PEM, and the public key that followers know it by. Throws when the key is none. */
export function ledgerSigner(pem: string): { readonly sign: Sign; readonly publicKey: string } {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== "ed25519") throw new Error("the ledger's key must be an Ed25519 key");
  return {
    sign: (text) => sign(null, Buffer.from(text), key).toString("base64url"),
    publicKey: String(createPublicKey(key).export({ format: "jwk" }).x),
  };
}

/** Looks at signatures of a public key; undefined when it is no key. */
export function ledgerVerifier(publicKey: string): Verify | undefined {
  try {
    const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: publicKey } });
    return (text, signature) => {
      const bytes = Buffer.from(signature, "base64url");
      return bytes.length === 64 && verify(null, Buffer.from(text), key, bytes);
    };
  } catch {
    return undefined;
  }
}
