/** Garbage is not memory in use. */
import { expect, it } from "vitest";
import { LiveMemory } from "./live-memory.ts";

function memoryOf() {
  const state = { live: 100, garbage: 0, nowMs: 0, collections: 0 };
  const memory = new LiveMemory({
    held: () => state.live + state.garbage,
    collect: () => {
      state.garbage = 0;
      state.collections += 1;
    },
    nowMs: () => state.nowMs,
  });
  return { state, memory };
}

it("a heap full of garbage is no pressure, and nobody collects for little", () => {
  const { state, memory } = memoryOf();
  state.garbage = 50;
  expect([memory.bytes(200), state.collections]).toEqual([150, 0]);
  state.garbage = 500;
  expect([memory.bytes(200), state.collections]).toEqual([100, 1]);
});

it("between collections, which have some seconds between them, what the last one left counts", () => {
  const { state, memory } = memoryOf();
  state.live = 300;
  expect(memory.bytes(200)).toBe(300);
  state.garbage = 500;
  state.nowMs = 1_000;
  expect([memory.bytes(200), state.collections]).toEqual([300, 1]);
  state.live = 100;
  state.nowMs = 6_000;
  expect([memory.bytes(200), state.collections]).toEqual([100, 2]);
});

it("what is given back without a collection counts at once", () => {
  const { state, memory } = memoryOf();
  state.live = 300;
  memory.bytes(200);
  state.live = 100;
  expect(memory.bytes(200)).toBe(100);
});

it("the collector of this process collects", async () => {
  const garbage = new WeakRef({});
  // It may not go in the turn in which it was made.
  await new Promise((resolve) => setImmediate(resolve));
  new LiveMemory().bytes(0);
  expect(garbage.deref()).toBeUndefined();
});
