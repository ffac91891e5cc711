/** Who leaves: plain LRU to the letter where it is asked for, and the bounds and counts of every policy. */
import * as fc from "fast-check";
import { LRUCache } from "lru-cache";
import { expect, test } from "vitest";
import { Chance } from "./chance.ts";
import { Eviction, type EvictionPolicy } from "./eviction.ts";

/** A store of keys without bodies. */
function keyStore(policy: EvictionPolicy, maxSize: number, seed = 1) {
  const eviction = new Eviction({ maxSize, policy, seed });
  const slots = new Map<string, number>();
  const keys = new Map<number, string>();
  const makeRoom = (size: number, but?: number): void => {
    while (!eviction.hasRoom(size)) {
      const victim = eviction.victim(but);
      if (victim === undefined) throw new Error("nobody can leave");
      expect(victim).not.toBe(but);
      slots.delete(keys.get(victim) ?? "nobody");
      keys.delete(victim);
      eviction.evict(victim);
    }
  };
  return {
    eviction,
    access(key: string, size: number): boolean {
      const slot = slots.get(key);
      if (slot !== undefined) eviction.use(slot);
      if (slot !== undefined || size > maxSize) return slot !== undefined;
      makeRoom(size);
      const added = eviction.add(key, size);
      slots.set(key, added);
      keys.set(added, key);
      return false;
    },
    remove(key: string): void {
      const slot = slots.get(key);
      if (slot === undefined) return;
      slots.delete(key);
      keys.delete(slot);
      eviction.remove(slot);
    },
    resize(key: string, size: number): void {
      const slot = slots.get(key);
      if (slot === undefined) return;
      eviction.resize(slot, size);
      makeRoom(0, slot);
    },
    keys: () => [...slots.keys()].sort(),
  };
}

const KEY = fc.integer({ min: 0, max: 40 }).map(String);
const STEP = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("access" as const), key: KEY }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), key: KEY }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("resize" as const), key: KEY, size: fc.integer({ min: 1, max: 90 }) }),
  },
);

function sizeOf(key: string): number {
  return 1 + ((Number(key) * 37) % 60);
}

test("lru keeps and hits exactly what lru-cache does", () => {
  fc.assert(
    fc.property(fc.array(KEY, { maxLength: 400 }), (keys) => {
      const ours = keyStore("lru", 300);
      const theirs = new LRUCache<string, number>({ maxSize: 300, sizeCalculation: (size) => size });
      for (const key of keys) {
        const isHit = theirs.get(key) !== undefined;
        if (!isHit) theirs.set(key, sizeOf(key));
        expect(ours.access(key, sizeOf(key))).toBe(isHit);
      }
      expect(ours.keys()).toEqual([...theirs.keys()].sort());
      expect(ours.eviction.size).toBe(theirs.calculatedSize);
    }),
  );
});

test.each(["adaptive", "lru"] as const)("%s is never above its size and loses no count", (policy) => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 500 }), (steps) => {
      const store = keyStore(policy, 100);
      const sizes = new Map<string, number>();
      for (const step of steps) {
        const wasThere = store.keys().includes(step.key);
        if (step.kind === "remove") store.remove(step.key);
        else if (step.kind === "resize") store.resize(step.key, step.size);
        else store.access(step.key, sizeOf(step.key));
        if (step.kind === "resize" && wasThere) sizes.set(step.key, step.size);
        if (step.kind === "access" && !wasThere) sizes.set(step.key, sizeOf(step.key));
        const held = store.keys();
        expect(store.eviction.count).toBe(held.length);
        expect(store.eviction.size).toBe(held.reduce((sum, key) => sum + (sizes.get(key) ?? 0), 0));
        expect(store.eviction.size).toBeLessThanOrEqual(100);
      }
    }),
    { numRuns: 60 },
  );
});

test("the same seed leads to the same decisions", () => {
  const run = (seed: number): string[] => {
    const store = keyStore("adaptive", 200, seed);
    const hits: string[] = [];
    const chance = new Chance(1);
    for (let step = 0; step < 3_000; step += 1) {
      const key = String(chance.below(97));
      if (store.access(key, 3)) hits.push(`${step} ${key}`);
    }
    return hits;
  };
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});

/** What share of the requests for the popular keys `popular-0` to `popular-99` was a hit in the second half. */
function popularHits(policy: EvictionPolicy, noise: (step: number) => string): number {
  const store = keyStore(policy, 150);
  const chance = new Chance(1);
  let [hits, asked] = [0, 0];
  for (let step = 0; step < 20_000; step += 1) {
    const hit = store.access(`popular-${chance.below(100)}`, 1);
    for (let extra = 0; extra < 4; extra += 1) store.access(noise(step * 4 + extra), 1);
    if (step < 10_000) continue;
    asked += 1;
    if (hit) hits += 1;
  }
  return hits / asked;
}

test("a crawler does not push out what people want, as it does with plain LRU", () => {
  const crawler = (step: number): string => `page-${step}`;
  expect(popularHits("lru", crawler)).toBeLessThan(0.3);
  expect(popularHits("adaptive", crawler)).toBeGreaterThan(0.6);
});

test("a scan that comes round again and again does not either", () => {
  const scan = (step: number): string => `page-${step % 3_000}`;
  expect(popularHits("lru", scan)).toBeLessThan(0.3);
  expect(popularHits("adaptive", scan)).toBeGreaterThan(0.6);
});

test("where only recent things come back, it turns to plain LRU", () => {
  const store = keyStore("adaptive", 60);
  const plain = keyStore("lru", 60);
  const hits = { ours: 0, plain: 0 };
  for (let step = 0; step < 40_000; step += 1) {
    const key = String(step % 2 === 0 ? step : Math.max(0, step - 2 * ((step * 31) % 55) - 1));
    if (store.access(key, 1)) hits.ours += 1;
    if (plain.access(key, 1)) hits.plain += 1;
  }
  expect(store.eviction.preference).toBe("recent");
  expect(hits.ours).toBeGreaterThan(hits.plain * 0.97);
});

test("large objects do not push out many small ones that are as popular", () => {
  const hitsOf = (policy: EvictionPolicy): number => {
    const store = keyStore(policy, 1_000);
    const chance = new Chance(1);
    let hits = 0;
    for (let step = 0; step < 10_000; step += 1) {
      if (store.access(`small-${chance.below(100)}`, 5)) hits += 1;
      if (step % 3 === 0) store.access(`large-${chance.below(30)}`, 200);
    }
    return hits / 10_000;
  };
  expect(hitsOf("adaptive")).toBeGreaterThan(hitsOf("lru") + 0.3);
});
