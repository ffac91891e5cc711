/** Node's bodies under the contract, and what only they promise. */
import { expect, test } from "vitest";
import { type BodiesUnderTest, bodiesContract, type FedSource } from "../../test/contract/bodies.ts";
import { roomContract } from "../../test/contract/spool-room.ts";
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
roomContract("Node", () => ({ bodies: byteBodies, source: fedSource, reader }));

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

async function text(body: ByteBody): Promise<string> {
  const { read } = reader(body);
  let all = "";
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) all += chunk;
  return all;
}

test("a part of a body is what lies in it, however the body is cut; what is behind it is left", async () => {
  expect(await text(byteBodies.part(Buffer.from("0123456789"), { first: 2, last: 4 }))).toBe("234");
  const fed = fedSource();
  for (const chunk of ["01", "2", "3456", "789"]) fed.push(chunk);
  expect(await text(byteBodies.part(fed.body, { first: 2, last: 4 }))).toBe("234");
  expect(fed.left()).toBe(true);
});

test("parts in turn are asked for one after the other, and their failure is the reader's", async () => {
  const parts = [Buffer.from("a"), Buffer.from("b")];
  expect(await text(byteBodies.inTurn(async () => parts.shift()))).toBe("ab");
  const failing = byteBodies.inTurn(async () => {
    throw new Error("no more");
  });
  await expect(text(failing)).rejects.toThrow("no more");
});
