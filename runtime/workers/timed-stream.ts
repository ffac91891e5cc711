/** A body that fails when nothing comes for too long, or when its reader's client is gone. */
import type { Cancellation } from "../../core/cancellation.ts";

/** The same bytes; an error in their place when `stallMs` pass between two of them. */
export function timedStream(
  source: ReadableStream<Uint8Array>,
  stallMs: number,
  cancellation: Cancellation,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let fail: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // It may be rejected when nobody listens any more.
  stopped.catch(() => {});
  const stopListening = cancellation.onCancel(() => fail(new Error("cancelled")));
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const timer = setTimeout(() => fail(new Error(`no byte of the body in ${stallMs} ms`)), stallMs);
      try {
        const { done, value } = await Promise.race([reader.read(), stopped]);
        if (!done) return controller.enqueue(value);
        stopListening();
        controller.close();
      } catch (error) {
        stopListening();
        void reader.cancel(error).catch(() => {});
        controller.error(error);
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => {
      stopListening();
      return reader.cancel(reason);
    },
  });
}
