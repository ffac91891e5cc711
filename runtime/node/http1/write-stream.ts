/** Writes a body that comes in parts: by length, in chunks or up to the connection's end, as fast as the client reads. */
import type { Cancellation } from "../../../core/cancellation.ts";
import { leave } from "../../memory/bodies.ts";

/** Where the bytes go. */
export interface ReplySink {
  /** Writes text, bytes and text in one piece; true when more may follow at once. */
  write(before: string, bytes: Uint8Array | undefined, after: string): boolean;
  /** Resolves when more may be written, or when nobody is there to write to. */
  drained(): Promise<void>;
  /** Whether nothing that was written is still waiting to leave; if not, the exchange is told when it has left. */
  allLeft(): boolean;
}

/** What is written. */
export interface StreamedReply {
  readonly head: string;
  readonly body: AsyncIterable<Uint8Array>;
  readonly length: number | undefined;
  readonly chunked: boolean;
}

/** Who counts what was written, and knows whether the client is still there. */
export interface StreamOwner {
  readonly cancellation: Cancellation;
  bodyBytes: number;
}

/** Resolves to false when the body failed, or was not as long as its length, or nobody is there any more. */
export async function writeStream(sink: ReplySink, owner: StreamOwner, reply: StreamedReply): Promise<boolean> {
  const { body, length, chunked } = reply;
  const iterator = body[Symbol.asyncIterator]();
  const stopListening = owner.cancellation.onCancel(() => leave(iterator));
  let head = reply.head;
  // The head waits for the first part, to leave with it, but not longer than this turn.
  const flush = setImmediate(() => {
    if (!owner.cancellation.cancelled) sink.write(head, undefined, "");
    head = "";
  });
  try {
    for (;;) {
      const result = await iterator.next();
      clearImmediate(flush);
      if (owner.cancellation.cancelled) return false;
      if (result.done === true) break;
      const { byteLength } = result.value;
      if (byteLength === 0) continue;
      owner.bodyBytes += byteLength;
      if (length !== undefined && owner.bodyBytes > length) throw new Error("the body is longer than its length");
      const before = chunked ? `${head}${byteLength.toString(16)}\r\n` : head;
      head = "";
      if (!sink.write(before, result.value, chunked ? "\r\n" : "")) await sink.drained();
      if (owner.cancellation.cancelled) return false;
    }
    if (length !== undefined && owner.bodyBytes < length) throw new Error("the body is shorter than its length");
    if (chunked || head !== "") sink.write(chunked ? `${head}0\r\n\r\n` : head, undefined, "");
    return true;
  } catch {
    leave(iterator);
    return false;
  } finally {
    clearImmediate(flush);
    stopListening();
  }
}
