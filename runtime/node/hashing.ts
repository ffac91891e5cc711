/** The hashing port by node:crypto. */
import { createHash, createHmac } from "node:crypto";
import type { Hashing } from "../../core/ports.ts";

/** SHA-256 and HMAC-SHA-256, at once. */
export const nodeHashing: Hashing = {
  sha256: (text) => createHash("sha256").update(text, "utf8").digest(),
  hmacSha256: (key, text) => createHmac("sha256", key).update(text, "utf8").digest(),
};
