/** Node's bodies under the contract, and what only they promise. */
import { expect, test } from "vitest";
import { type BodiesUnderTest, bodiesContract, type FedSource } from "../../test/contract/bodies.ts";
import { type ByteBody, byteBodies } from "./bodies.ts";

function fedSource(): FedSource<ByteBody> {
  const queue: (string | Error | undefined)[] = [];
  let wake = (): void => {};
  let left = false;
  const put = (item: string | Error | undefined): void => {
    queue.push(item);
    wake();
  };
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      while (queue.length === 0 && !left) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const item = left ? undefined : queue.shift();
      if (item instanceof Error) throw item;
      return item === undefined ? { done: true, value: undefined } : { done: false, value: Buffer.from(item) };
    },
    async return() {
      left = true;
      wake();
      return { done: true, value: undefined };
    },
  };
  return {
    body: { [Symbol.asyncIterator]: () => iterator },
    push: put,
    end: () => put(undefined),
    fail: (reason) => put(new Error(reason)),
    waiting: () => queue.filter((item) => typeof item === "string").length,
    left: () => left,
  };
}

function reader(body: ByteBody): ReturnType<BodiesUnderTest<ByteBody>["reader"]> {
  const parts = body instanceof Uint8Array ? [body].values() : body[Symbol.asyncIterator]();
  return {
    read: async () => {
      const result = await parts.next();
      return result.done === true ? undefined : Buffer.from(result.value).toString();
    },
    leave: async () => {
      await parts.return?.();
    },
  };
}

bodiesContract("Node", () => ({ bodies: byteBodies, source: fedSource, reader }));

test("a buffer is kept at once, as a copy that pins no network buffer", async () => {
  const network = Buffer.from("0123456789");
  const spool = byteBodies.spool(network.subarray(2, 5), { maxBytes: 100 });
  const kept = spool.kept()?.open();
  expect(kept).toBeInstanceOf(Uint8Array);
  if (!(kept instanceof Uint8Array)) return;
  network.fill("x");
  expect(Buffer.from(kept).toString()).toBe("234");
  expect(kept.buffer.byteLength).toBe(3);
});

test("a span of a kept body is a view, not a copy", async () => {
  const spool = byteBodies.spool(Buffer.from("hello"), { maxBytes: 100 });
  const kept = spool.kept();
  const [whole, span] = [kept?.open(), kept?.open({ first: 1, last: 3 })];
  if (!(whole instanceof Uint8Array && span instanceof Uint8Array)) throw new Error("not buffers");
  expect(span.buffer).toBe(whole.buffer);
});
