/** Short bodies in slabs: what they read as, and what becomes of the room of those that leave. */
import { expect, test } from "vitest";
import { storeContract, storedResponse } from "../../test/contract/store.ts";
import { PACKED_BODY_MAX_BYTES, PackedBodies, SLAB_BYTES } from "./packed-bodies.ts";
import { MemoryStore } from "./store.ts";

storeContract("memory with packed bodies", (maxBytes) => {
  const packed = new PackedBodies();
  return { store: new MemoryStore({ maxBytes }), body: (bytes) => packed.pack([new Uint8Array(bytes)], bytes) };
});

/** A body whose bytes tell its number. */
function bytesOf(number: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => (number * 31 + index) % 251);
}

test("a body is the chunks that it came in, whole and by spans", () => {
  const packed = new PackedBodies();
  packed.pack([bytesOf(1, 100)], 100);
  const body = packed.pack([bytesOf(2, 10), bytesOf(3, 5)], 15);
  expect([...body.open()]).toEqual([...bytesOf(2, 10), ...bytesOf(3, 5)]);
  expect([...body.open({ first: 8, last: 11 })]).toEqual([...bytesOf(2, 10).slice(8), ...bytesOf(3, 5).slice(0, 2)]);
  expect([...body.open({ first: 14, last: 200 })]).toEqual([...bytesOf(3, 5).slice(4)]);
  expect(packed.pack([], 0).open()).toHaveLength(0);
});

test("whatever leaves, what stays reads the same, and takes little more room than it has bytes", () => {
  const packed = new PackedBodies();
  const slabs = new Map<ArrayBufferLike, number>();
  const store = new MemoryStore<Uint8Array>({ maxBytes: 12 * SLAB_BYTES, policy: "lru" });
  const lengthOf = (number: number): number => (number % 7 === 0 ? PACKED_BODY_MAX_BYTES : 50 + (number % 1_500));
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const OBJECTS = 12_000;
  for (let number = 0; number < OBJECTS; number += 1) {
    const length = lengthOf(number);
    store.put(`${number}`, storedResponse("", packed.pack([bytesOf(number, length)], length)));
    // Some are used again and stay, so that those around them leave first.
    for (let use = 0; use < 3; use += 1) store.find(`${random(40) * 40}`);
    if (random(5) === 0) store.remove(`${random(number + 1)}`);
  }
  let bytes = 0;
  for (let number = 0; number < OBJECTS; number += 1) {
    const [stored] = store.peek(`${number}`);
    if (stored === undefined) continue;
    const body = stored.body.open();
    expect(Buffer.compare(body, bytesOf(number, lengthOf(number))), `${number}`).toBe(0);
    slabs.set(body.buffer, (slabs.get(body.buffer) ?? 0) + body.byteLength);
    bytes += body.byteLength;
  }
  expect(store.usage().entries).toBeGreaterThan(100);
  expect(slabs.size * SLAB_BYTES).toBeLessThan(bytes / 0.75 + 10 * SLAB_BYTES);
});

test("a reader keeps the bytes that it was given when their slab is emptied", () => {
  const packed = new PackedBodies();
  const length = 4_096;
  const bodies = Array.from({ length: 1_000 }, (_, number) => {
    const body = packed.pack([bytesOf(number, length)], length);
    body.hold?.();
    return body;
  });
  const last = bodies[63];
  const given = last?.open();
  const [buffer, before] = [given?.buffer, Buffer.from(given ?? [])];
  for (const body of bodies.slice(0, 32)) body.release?.();
  expect(last?.open().buffer).not.toBe(buffer);
  expect(Buffer.compare(last?.open() ?? Buffer.alloc(0), before)).toBe(0);
  for (let more = 0; more < 1_000; more += 1) packed.pack([bytesOf(more, length)], length);
  expect(Buffer.compare(given ?? Buffer.alloc(0), before)).toBe(0);
});

test("a body that several responses share is stored until the last of them leaves", () => {
  const packed = new PackedBodies();
  const store = new MemoryStore<Uint8Array>({ maxBytes: 100_000_000 });
  const length = 8_192;
  const body = packed.pack([bytesOf(1, length)], length);
  store.put("a", storedResponse("1", body));
  store.put("a", storedResponse("2", body));
  store.put("b", storedResponse("1", body));
  for (let number = 0; number < 1_000; number += 1) {
    store.put(`${number}`, storedResponse("", packed.pack([bytesOf(number, length)], length)));
  }
  store.remove("a", "1");
  store.remove("b");
  const { buffer } = body.open();
  for (let number = 0; number < 20; number += 1) store.remove(`${number}`);
  // It was moved, so it counts as stored.
  expect(body.open().buffer).not.toBe(buffer);
  expect(Buffer.compare(body.open(), bytesOf(1, length))).toBe(0);
});

test("a body that is stored late, when its slab has been emptied, does not keep a slab for itself", () => {
  const packed = new PackedBodies();
  const length = 4_096;
  // Each on its way for longer than it takes to fill many slabs.
  const late = Array.from({ length: 20 * 64 }, (_, number) => packed.pack([bytesOf(number, length)], length));
  const stored = late.filter((_, number) => number % 64 === 0);
  for (const body of stored) body.hold?.();
  const slabs = new Set(stored.slice(0, 10).map((body) => body.open().buffer));
  expect(slabs.size).toBeLessThanOrEqual(2);
  for (const [index, body] of stored.entries())
    expect(Buffer.compare(body.open(), bytesOf(index * 64, length))).toBe(0);
});
