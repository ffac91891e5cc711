/** Takes compressed snapshots apart, bounded. */
import { gunzipSync } from "node:zlib";

/** Longest text that comes out. */
const TEXT_MAX_BYTES = 512 * 1_048_576;

/** The text of gzip in base64; undefined when it is none, or too long. */
export function gunzipText(base64: string): string | undefined {
  try {
    return gunzipSync(Buffer.from(base64, "base64"), { maxOutputLength: TEXT_MAX_BYTES }).toString("utf8");
  } catch {
    return undefined;
  }
}
