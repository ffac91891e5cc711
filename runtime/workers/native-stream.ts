/** Bodies as the platform wants them: native streams, untouched where they are native already. */
import type { ByteBody } from "../memory/bodies.ts";

/**
 * How long a reader waits for the next chunk. The timer also tells the platform that this request waits for something:
 * a body that another request fetches would be taken for hung, and cut.
 */
export const CHUNK_WAIT_MAX_MS = 60_000;

/** The body as a stream; one that is a stream stays as it is. */
export function nativeStream(body: Exclude<ByteBody, Uint8Array>): ReadableStream<Uint8Array> {
  if (body instanceof ReadableStream) return body;
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const timer = setTimeout(() => controller.error(new Error("the body stalled")), CHUNK_WAIT_MAX_MS);
      try {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } finally {
        clearTimeout(timer);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
