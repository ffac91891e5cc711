/** A part of a stream: skips what is before it and gives up the source after it. */
import type { PlacedSpan } from "./place.ts";

/** Bytes `first`..`last` of a stream. Fails when the stream ends before them. */
export function spanOf(source: ReadableStream<Uint8Array>, { first, last }: PlacedSpan): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stored body ended at byte ${at} of ${last + 1}`);
        const from = Math.max(first - at, 0);
        const to = Math.min(last + 1 - at, value.byteLength);
        at += value.byteLength;
        if (to > from) controller.enqueue(value.subarray(from, to));
        if (at > last) {
          controller.close();
          await reader.cancel();
          return;
        }
        if (to > from) return;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
