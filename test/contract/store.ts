/** What every store must do. Run on each adapter by a test beside it. */
import { describe, expect, test } from "vitest";
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { Eventually, KeptBody, Store } from "../../core/ports.ts";

/** How to make one: empty, with room for `maxBytes`, and a body of so many bytes. */
export interface StoreUnderTest<B> {
  readonly store: Store<B>;
  body(bytes: number): KeptBody<B>;
}

/** A stored response for tests. */
export function storedResponse<B>(id: string, body: KeptBody<B>): StoredResponse<B> {
  return {
    id,
    head: { status: 200, fields: [["content-type", "text/plain"]] },
    body,
    varyOn: [],
    freshness: {
      lifetimeSeconds: 60,
      source: "max-age",
      initialAgeSeconds: 0,
      staleWhileRevalidateSeconds: 0,
      staleIfErrorSeconds: 0,
      neverStale: false,
      alwaysRevalidate: false,
    },
    requestAtMs: 1_000,
    responseAtMs: 1_001,
  };
}

const MAX_BYTES = 200_000;

type Make<B> = (maxBytes: number) => Eventually<StoreUnderTest<B>>;

async function ids<B>(store: Store<B>, key: string): Promise<string[]> {
  return (await store.find(key)).map((variant) => variant.id);
}

/** The suite of a store that counts and bounds what it holds. */
export function storeContract<B>(name: string, make: Make<B>): void {
  storeVariantsContract(name, make);
  storeBoundContract(name, make);
}

/** What also a store must do whose platform counts and bounds, and tells nobody (Workers). */
export function storeVariantsContract<B>(name: string, make: Make<B>): void {
  describe(`${name} as a store`, () => {
    test("finds nothing at first", async () => {
      const { store } = await make(MAX_BYTES);
      expect(await store.find("a")).toEqual([]);
    });
    test("finds what was put, whole", async () => {
      const { store, body } = await make(MAX_BYTES);
      await store.put("a", storedResponse("1", body(10)));
      const [found] = await store.find("a");
      expect(found).toMatchObject({ id: "1", head: { status: 200, fields: [["content-type", "text/plain"]] } });
      expect(found?.body.bytes).toBe(10);
      expect(await store.find("b")).toEqual([]);
    });
    test("lists the variants of a key newest first", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (const id of ["1", "2", "3"]) await store.put("a", storedResponse(id, body(1)));
      expect(await ids(store, "a")).toEqual(["3", "2", "1"]);
    });
    test("replaces the variant with the same id and makes it the newest", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (const id of ["1", "2"]) await store.put("a", storedResponse(id, body(1)));
      await store.put("a", storedResponse("1", body(2)));
      expect(await ids(store, "a")).toEqual(["1", "2"]);
      expect((await store.find("a"))[0]?.body.bytes).toBe(2);
    });
    test("keeps sixteen variants of a key and drops the oldest", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (let id = 0; id < 20; id += 1) await store.put("a", storedResponse(String(id), body(1)));
      const kept = await ids(store, "a");
      expect(kept).toHaveLength(16);
      expect(kept[0]).toBe("19");
      expect(kept.at(-1)).toBe("4");
    });
    test("drops the variant unused for longest, not the oldest", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (let id = 0; id < 16; id += 1) await store.put("a", storedResponse(String(id), body(1)));
      for (let id = 16; id < 64; id += 1) {
        await store.find("a");
        await store.used("a", "0");
        await store.put("a", storedResponse(String(id), body(1)));
      }
      await store.used("a", "absent");
      await store.used("absent", "0");
      const kept = await ids(store, "a");
      expect(kept).toHaveLength(16);
      expect(kept).toContain("0");
      expect(kept).toContain("63");
      expect(kept).not.toContain("1");
    });
    test("removes one variant or all", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (const id of ["1", "2"]) await store.put("a", storedResponse(id, body(1)));
      await store.remove("a", "1");
      expect(await ids(store, "a")).toEqual(["2"]);
      await store.remove("a", "absent");
      await store.remove("a");
      await store.remove("absent");
      expect(await ids(store, "a")).toEqual([]);
    });
    test("what a reader was given stays as it was", async () => {
      const { store, body } = await make(MAX_BYTES);
      await store.put("a", storedResponse("1", body(1)));
      const before = await store.find("a");
      await store.put("a", storedResponse("2", body(1)));
      await store.remove("a", "1");
      expect(before.map((variant) => variant.id)).toEqual(["1"]);
    });
  });
}

/** What a store must do that has a bound of its own. */
export function storeBoundContract<B>(name: string, make: Make<B>): void {
  describe(`${name} as a bounded store`, () => {
    test("counts the variants it holds, and none when all are removed", async () => {
      const { store, body } = await make(MAX_BYTES);
      expect(store.usage()).toMatchObject({ entries: 0, bytes: 0, maxBytes: MAX_BYTES });
      for (const id of ["1", "2", "3"]) await store.put("a", storedResponse(id, body(1)));
      expect(store.usage().entries).toBe(3);
      await store.remove("a", "1");
      await store.remove("a");
      expect(store.usage()).toMatchObject({ entries: 0, bytes: 0 });
    });
    test("never holds more bytes than its bound, and drops what was used longest ago", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (let key = 0; key < 50; key += 1) {
        // Twice: a store may want to see a key again before it lets others go for it.
        await store.put(`k${key}`, storedResponse("1", body(10_000)));
        await store.put(`k${key}`, storedResponse("1", body(10_000)));
        await store.find("k0");
        expect(store.usage().bytes).toBeLessThanOrEqual(MAX_BYTES);
      }
      expect(await ids(store, "k0")).toEqual(["1"]);
      expect(await ids(store, "k1")).toEqual([]);
      expect(await ids(store, "k49")).toEqual(["1"]);
      expect(store.usage().entries).toBeLessThanOrEqual(19);
      expect(store.usage().entries).toBeGreaterThan(10);
    });
    test("counts the head, not only the body", async () => {
      const { store, body } = await make(MAX_BYTES);
      await store.put("a", storedResponse("1", body(0)));
      const small = store.usage().bytes;
      const large = storedResponse("1", body(0));
      await store.put("a", { ...large, head: { status: 200, fields: [["x", "y".repeat(12_000)]] } });
      expect(store.usage().bytes).toBeGreaterThanOrEqual(small + 11_900);
    });
    test("refuses what is larger than itself and forgets what that would have replaced", async () => {
      const { store, body } = await make(MAX_BYTES);
      await store.put("a", storedResponse("1", body(10)));
      await store.put("a", storedResponse("2", body(10)));
      await store.put("a", storedResponse("1", body(MAX_BYTES + 1)));
      expect(await ids(store, "a")).toEqual(["2"]);
    });
    test("drops old variants when all of a key are too much", async () => {
      const { store, body } = await make(MAX_BYTES);
      for (const id of ["1", "2", "3"]) await store.put("a", storedResponse(id, body(80_000)));
      expect(await ids(store, "a")).toEqual(["3", "2"]);
    });
  });
}
