/** Bodies as bytes: an array when all of it is at hand, else an async iterable of arrays. Node and Workers share them. */
import type { Bodies, ByteSpan } from "../../core/ports.ts";
import { BufferSpool } from "./buffer-spool.ts";
import { joined, keptCopy } from "./kept-buffer.ts";
import { PACKED_BODY_MAX_BYTES, PackedBodies } from "./packed-bodies.ts";

/** What `B` of the ports is. On Workers the iterable is a native stream as long as nobody has to keep it. An iterable is read once; leaving its iterator early gives the source up. */
export type ByteBody = Uint8Array | AsyncIterable<Uint8Array>;

const CONCAT_AT_ONCE_BYTES = 65_536;
const ENCODER = new TextEncoder();

/** The port's implementation. */
export const byteBodies: Bodies<ByteBody> = {
  spool: (source, limits) => new BufferSpool(source, limits),
  fromText: (text) => ENCODER.encode(text),
  concat: (parts) => {
    const buffers = parts.filter((part) => part instanceof Uint8Array);
    const bytes = buffers.reduce((sum, part) => sum + part.byteLength, 0);
    return buffers.length === parts.length && bytes <= CONCAT_AT_ONCE_BYTES ? joined(buffers, bytes) : chained(parts);
  },
  inTurn,
  part,
  discard: discardBody,
};

/** The port for a store in memory, which holds many: short ones lie side by side. */
export function packingBodies(): Bodies<ByteBody> {
  const packed = new PackedBodies();
  const keep: typeof keptCopy = (chunks, bytes) =>
    bytes <= PACKED_BODY_MAX_BYTES ? packed.pack(chunks, bytes) : keptCopy(chunks, bytes);
  return { ...byteBodies, spool: (source, limits) => new BufferSpool(source, limits, keep) };
}

/** Gives up a body that nobody will read: whatever it comes from is told to stop. */
export function discardBody(body: ByteBody | undefined): void {
  if (body === undefined || body instanceof Uint8Array) return;
  leave(body[Symbol.asyncIterator]());
}

/** Leaves an iterator; a failure while leaving concerns nobody. */
export function leave(iterator: AsyncIterator<Uint8Array>): void {
  iterator.return?.().then(ignore, ignore);
}

function ignore(): void {}

/** Reads the parts one after the other; leaving early discards those not yet begun as well. */
function chained(parts: readonly ByteBody[]): AsyncIterable<Uint8Array> {
  const waiting = [...parts];
  return inTurn(
    () => Promise.resolve(waiting.shift()),
    () => {
      for (const part of waiting.splice(0)) discardBody(part);
    },
  );
}

function inTurn(next: () => Promise<ByteBody | undefined>, onLeave = ignore): AsyncIterable<Uint8Array> {
  let current: AsyncIterator<Uint8Array> | undefined;
  let left = false;
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      for (;;) {
        const result = await current?.next();
        if (result?.done === false) return result;
        current = undefined;
        const part = left ? undefined : await next();
        if (left) discardBody(part);
        if (part === undefined || left) return { done: true, value: undefined };
        if (part instanceof Uint8Array) return { done: false, value: part };
        current = part[Symbol.asyncIterator]();
      }
    },
    async return() {
      left = true;
      if (current !== undefined) leave(current);
      onLeave();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** Skips to `first`, and leaves the body behind `last`. One that ends before fails: what follows must not move up. */
function part(body: ByteBody, { first, last }: ByteSpan): ByteBody {
  if (body instanceof Uint8Array && body.byteLength > last) return body.subarray(first, last + 1);
  const source = body instanceof Uint8Array ? once(body) : body[Symbol.asyncIterator]();
  let at = 0;
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      while (at <= last) {
        const result = await source.next();
        if (result.done === true) throw new Error("the body ended before the part that was asked for");
        const from = Math.max(0, first - at);
        const wanted = result.value.subarray(from, last + 1 - at);
        at += result.value.byteLength;
        if (at > last) leave(source);
        if (wanted.byteLength > 0) return { done: false, value: wanted };
      }
      return { done: true, value: undefined };
    },
    async return() {
      leave(source);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  yield body;
}
