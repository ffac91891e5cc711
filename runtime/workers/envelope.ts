/** The bytes of a key's heads: every variant less its body, which lies apart so that a 304 rewrites only this. */
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { ByteBody } from "../memory/bodies.ts";
import type { BodyPlacement } from "./placed-body.ts";

/** One variant as it is written down. */
export interface EnvelopeVariant {
  readonly head: Omit<StoredResponse<ByteBody>, "body">;
  readonly body: BodyPlacement;
}

/** What is written under a key. */
export interface Envelope {
  /** The whole key: what was found under its hash must be about it. */
  readonly key: string;
  /** Newest first. */
  readonly variants: readonly EnvelopeVariant[];
}

/** Raised when what is written changes its shape: older envelopes are then as if they were not there. */
const FORMAT = 1;

const ENCODER = new TextEncoder();

/** The bytes of an envelope. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return ENCODER.encode(JSON.stringify({ format: FORMAT, ...envelope }));
}

/** Reads what we wrote; undefined when it is of another format, broken, or about another key. */
export function decodeEnvelope(text: string, key: string): Envelope | undefined {
  try {
    const written = JSON.parse(text) as Envelope & { readonly format: number };
    return written.format === FORMAT && written.key === key ? written : undefined;
  } catch {
    return undefined;
  }
}
