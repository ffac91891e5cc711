/** The edges of a spool's limits, where one byte more or less is another answer. */
import { describe, expect, test } from "vitest";
import type { SpoolLimits } from "../../core/ports.ts";
import type { ByteBody } from "./bodies.ts";
import { BufferSpool, WINDOW_AHEAD_BYTES } from "./buffer-spool.ts";

/** A source of chunks of these lengths, and how many of them have been taken. */
function chunks(...lengths: readonly number[]) {
  let taken = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const length of lengths) {
      taken += 1;
      yield new Uint8Array(length).fill(taken);
    }
  }
  return { body: body(), taken: () => taken };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

function readerOf(spool: BufferSpool): AsyncIterator<Uint8Array> {
  const body = spool.open();
  if (body === undefined || body instanceof Uint8Array) throw new Error("the spool gave no reader");
  return body[Symbol.asyncIterator]();
}

const LAG: NonNullable<SpoolLimits<ByteBody>["lag"]> = {
  maxBytes: 10 * WINDOW_AHEAD_BYTES,
  patienceMs: 0,
  clock: { nowMs: () => 0, after: () => () => {} },
  leave: () => undefined,
};

describe("a buffer", () => {
  test("as long as what is kept is whole at once", () => {
    const spool = new BufferSpool(new Uint8Array(10), { maxBytes: 10 });
    expect(spool.kept()?.bytes).toBe(10);
  });
  test("one byte longer is not kept, and readers get all of it", async () => {
    const spool = new BufferSpool(new Uint8Array(11), { maxBytes: 10 });
    const reader = readerOf(spool);
    expect((await reader.next()).value).toHaveLength(11);
    expect(await spool.ended).toEqual({ kind: "overflow" });
    expect(spool.kept()).toBeUndefined();
  });
});

test("a stream as long as what is kept is kept", async () => {
  const spool = new BufferSpool(chunks(4, 6).body, { maxBytes: 10 });
  expect(await spool.ended).toEqual({ kind: "complete", bytes: 10 });
});

test("chunks without bytes do not reach readers", async () => {
  const reader = readerOf(new BufferSpool(chunks(0, 3, 0, 2).body, { maxBytes: 10 }));
  const lengths: number[] = [];
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) lengths.push(next.value.length);
  expect(lengths).not.toContain(0);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(5);
});

describe("a window", () => {
  test.each([
    ["whose readers may not leave", {}],
    ["whose readers may leave", { lag: LAG }],
  ])("%s takes another chunk when exactly what may be ahead is ahead, and no more then", async (_, limits) => {
    const { body, taken } = chunks(WINDOW_AHEAD_BYTES, 1, 1, 1);
    const reader = readerOf(new BufferSpool(body, { maxBytes: 0, ...limits }));
    await turns();
    expect(taken()).toBe(2);
    await reader.next();
    await reader.next();
    await turns();
    expect(taken()).toBe(4);
  });

  test("holds the beginning until its fastest reader is further than that", async () => {
    const spool = new BufferSpool(chunks(WINDOW_AHEAD_BYTES, 1, WINDOW_AHEAD_BYTES).body, { maxBytes: 0 });
    const reader = readerOf(spool);
    await turns();
    await reader.next();
    const late = spool.open();
    expect(late).toBeDefined();
    await reader.next();
    expect(spool.open()).toBeDefined();
  });

  test("that is given up fails its readers, unless all of it has come", async () => {
    const cut = new BufferSpool(chunks(WINDOW_AHEAD_BYTES, 1, 1).body, { maxBytes: 0 });
    const reader = readerOf(cut);
    await turns();
    cut.abandon("enough");
    await expect(reader.next()).rejects.toThrow("enough");

    const whole = new BufferSpool(chunks(3).body, { maxBytes: 0 });
    const other = readerOf(whole);
    await whole.sealed;
    whole.abandon("enough");
    expect((await other.next()).value).toHaveLength(3);
  });
});
