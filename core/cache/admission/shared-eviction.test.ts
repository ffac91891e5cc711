/** A store that sites have shares of. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EntryRoom } from "./entry-room.ts";
import { Eviction, type EvictionPolicy } from "./eviction.ts";
import { SharedEviction } from "./shared-eviction.ts";

const MAX = 1_000;

/** A store of keys such as `2:17`: site 2, key 17. */
function keyStore(policy: EvictionPolicy, shares: ReadonlyMap<number, number>) {
  let eviction: EntryRoom = new SharedEviction({ maxSize: MAX, policy, seed: 7, shares });
  const slots = new Map<string, number>();
  const keys = new Map<number, string>();
  const siteOf = (key: string): number => Number(key.split(":")[0]);
  const lost: string[] = [];
  return {
    get eviction() {
      return eviction;
    },
    lost,
    access(key: string, size: number): boolean {
      const slot = slots.get(key);
      if (slot !== undefined) {
        eviction.use(slot);
        return true;
      }
      const site = siteOf(key);
      while (!eviction.hasRoom(size)) {
        const victim = eviction.victim(undefined, { site, size });
        if (victim === undefined) throw new Error("nobody can go");
        const gone = keys.get(victim) ?? "nobody";
        eviction.evict(victim);
        lost.push(gone);
        slots.delete(gone);
        keys.delete(victim);
      }
      const added = eviction.add(key, size, site);
      expect(keys.has(added)).toBe(false);
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
    share(changed: ReadonlyMap<number, number>): void {
      const next = new SharedEviction({ maxSize: MAX, policy, seed: 7, shares: changed });
      next.adopt(eviction, (slot) => siteOf(keys.get(slot) ?? "0:"));
      eviction = next;
    },
    keys: () => [...slots.keys()],
    sizeOfSite: (site: number) =>
      [...slots].reduce((sum, [key, slot]) => sum + (siteOf(key) === site ? eviction.sizeOf(slot) : 0), 0),
  };
}

test.each(["adaptive", "lru"] as const)("%s: a busy site takes nothing of what another is promised", (policy) => {
  const store = keyStore(policy, new Map([[1, 30]]));
  for (let key = 0; key < 30; key += 1) store.access(`1:${key}`, 10);
  for (let key = 0; key < 5_000; key += 1) store.access(`2:${key % 300}`, 10);
  expect(store.sizeOfSite(1)).toBe(300);
  expect(store.lost.filter((key) => key.startsWith("1:"))).toEqual([]);
});

test.each(["adaptive", "lru"] as const)(
  "%s: what a site does not use is lent, and comes back as it is needed",
  (policy) => {
    const store = keyStore(policy, new Map([[1, 60]]));
    for (let key = 0; key < 200; key += 1) store.access(`2:${key}`, 10);
    expect(store.sizeOfSite(2)).toBe(MAX);
    for (let key = 0; key < 60; key += 1) store.access(`1:${key}`, 10);
    expect(store.sizeOfSite(1)).toBe(600);
    expect(store.sizeOfSite(2)).toBe(400);
    for (let key = 60; key < 200; key += 1) store.access(`1:${key}`, 10);
    expect(store.sizeOfSite(1)).toBe(600);
  },
);

test("who has borrowed most gives back", () => {
  const store = keyStore(
    "lru",
    new Map([
      [1, 20],
      [2, 20],
      [3, 60],
    ]),
  );
  for (let key = 0; key < 70; key += 1) store.access(`1:${key}`, 10);
  for (let key = 0; key < 30; key += 1) store.access(`2:${key}`, 10);
  for (let key = 0; key < 40; key += 1) store.access(`3:${key}`, 10);
  expect([store.sizeOfSite(1), store.sizeOfSite(2)]).toEqual([300, 300]);
});

test("promises of more than everything are cut in proportion", () => {
  const store = keyStore(
    "lru",
    new Map([
      [1, 100],
      [2, 300],
    ]),
  );
  for (let key = 0; key < 200; key += 1) {
    store.access(`1:${key}`, 10);
    store.access(`2:${key}`, 10);
  }
  expect([store.sizeOfSite(1), store.sizeOfSite(2)]).toEqual([250, 750]);
});

test("with new shares every entry keeps its number, its use and its turn", () => {
  const plain = new Eviction({ maxSize: MAX, policy: "lru", seed: 7 });
  const slots = ["a", "b", "c", "d"].map((key) => plain.add(key, 10));
  const [a = 0, b = 0, c = 0, d = 0] = slots;
  plain.use(a);
  plain.remove(b);
  const shared = new SharedEviction({ maxSize: MAX, policy: "lru", seed: 7, shares: new Map([[1, 50]]) });
  shared.adopt(plain, () => 0);
  expect([shared.size, shared.count]).toEqual([30, 3]);
  expect([...shared.oldestFirst()]).toEqual([c, d, a]);
  expect([shared.wasUsedAgain(a), shared.wasUsedAgain(c)]).toEqual([true, false]);
  expect(shared.add("e", 10, 1)).toBe(b);
});

const KEY = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 30 }))
  .map(([site, key]) => `${site}:${key}`);
const SHARES = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })), { maxLength: 3 })
  .map((shares) => new Map(shares));
const STEP = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("access" as const), key: KEY }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), key: KEY }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("share" as const), shares: SHARES }) },
);

test("never above its size, never a lost count, and a site that has not borrowed loses nothing", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("adaptive" as const, "lru" as const),
      SHARES,
      fc.array(STEP, { maxLength: 300 }),
      (policy, shares, steps) => {
        const store = keyStore(policy, shares);
        let now = shares;
        for (const step of steps) {
          const before = new Map([1, 2, 3].map((site) => [site, store.sizeOfSite(site)]));
          store.lost.length = 0;
          if (step.kind === "remove") store.remove(step.key);
          else if (step.kind === "share") {
            now = step.shares;
            store.share(now);
          } else store.access(step.key, 1 + ((Number(step.key.split(":")[1]) * 37) % 90));
          expect(store.eviction.size).toBeLessThanOrEqual(MAX);
          expect(store.eviction.count).toBe(store.keys().length);
          for (const key of store.lost) {
            const site = Number(key.split(":")[0]);
            const sum = [...now.values()].reduce((total, percent) => total + percent, 0);
            const own = (MAX * (now.get(site) ?? 0)) / Math.max(100, sum);
            const added = step.kind === "access" && step.key.startsWith(`${site}:`) ? 90 : 0;
            if (now.has(site)) expect((before.get(site) ?? 0) + added).toBeGreaterThan(own);
          }
        }
        expect([1, 2, 3, 4].reduce((sum, site) => sum + store.sizeOfSite(site), 0)).toBe(store.eviction.size);
      },
    ),
  );
});
