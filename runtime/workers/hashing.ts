/** The hashing port by Web Crypto. */
import type { Hashing } from "../../core/ports.ts";

const ENCODER = new TextEncoder();

/** SHA-256 and HMAC-SHA-256. */
export const webHashing: Hashing = {
  sha256: async (text) => new Uint8Array(await crypto.subtle.digest("SHA-256", ENCODER.encode(text))),
  hmacSha256: async (key, text) => {
    const raw = typeof key === "string" ? ENCODER.encode(key) : new Uint8Array(key);
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const imported = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, ENCODER.encode(text)));
  },
};
