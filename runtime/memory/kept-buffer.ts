/** Whole bodies in one buffer. */
import type { KeptBody } from "../../core/ports.ts";

/** A whole body in one buffer; readers are views of it. */
export function keptBuffer(buffer: Uint8Array): KeptBody<Uint8Array> {
  return {
    bytes: buffer.byteLength,
    open: (span) => (span === undefined ? buffer : buffer.subarray(span.first, span.last + 1)),
  };
}

/** The chunks as a body in a new array of its own. */
export function keptCopy(chunks: readonly Uint8Array[], bytes: number): KeptBody<Uint8Array> {
  return keptBuffer(joined(chunks, bytes));
}

/** The chunks in one new array. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
