/** The secrets of a node, by node:crypto. */
import { createHash, createPrivateKey, randomBytes, sign } from "node:crypto";
import type { NodeSecrets } from "../../core/ledger/follow-ports.ts";
import { newTlsKey } from "./x509/authority.ts";
import { publicKeyOf } from "./x509/certificate.ts";

const CREDENTIAL_BYTES = 32;

/** The secrets. */
export const nodeSecrets: NodeSecrets = {
  newCredential: (id) => `apn_${id}~${randomBytes(CREDENTIAL_BYTES).toString("base64url")}`,
  hashOf: (text) => createHash("sha256").update(text).digest("hex"),
  newKey: newTlsKey,
  publicKeyOf: (key) => publicKeyOf(key).toString("base64"),
  prove: (key, text) =>
    sign("sha256", Buffer.from(text), { key: createPrivateKey(key), dsaEncoding: "der" }).toString("base64"),
};
