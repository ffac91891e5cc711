/** The stores of Workers under the contract, on the real Cache API and on R2; and what only they promise. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Store } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { keptBuffer } from "../../runtime/memory/kept-buffer.ts";
import { cachePlace, cacheWorks } from "../../runtime/workers/cache-place.ts";
import { EnvelopeStore } from "../../runtime/workers/envelope-store.ts";
import type { Place } from "../../runtime/workers/place.ts";
import { r2Place } from "../../runtime/workers/r2-place.ts";
import { tieredPlace } from "../../runtime/workers/tiered-place.ts";
import { storedResponse, storeVariantsContract } from "../contract/store.ts";

const bucket = (env as { readonly BUCKET: R2Bucket }).BUCKET;
const newHost = (): string => `${crypto.randomUUID()}.test`;
const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes);

/** A place of the bucket that nobody else uses. */
function under(prefix: string, place: Place): Place {
  return {
    get: (name, span) => place.get(prefix + name, span),
    put: (name, bytes) => place.put(prefix + name, bytes),
    remove: (name) => place.remove(prefix + name),
  };
}

const PLACES: Readonly<Record<string, () => Place>> = {
  "the Cache API": () => cachePlace(caches.default, newHost()),
  R2: () => under(newHost(), r2Place(bucket)),
  "the Cache API before R2": () =>
    tieredPlace(cachePlace(caches.default, newHost()), under(newHost(), r2Place(bucket)), (work) => void work),
};

function storeIn(place: Place): Store<ByteBody> {
  return new EnvelopeStore(place, { uniqueName: () => crypto.randomUUID() });
}

async function read(body: ByteBody | undefined): Promise<string> {
  if (body === undefined) throw new Error("no body");
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  let all = "";
  for await (const chunk of body) all += new TextDecoder().decode(chunk);
  return all;
}

for (const [name, place] of Object.entries(PLACES)) {
  storeVariantsContract(name, () => ({ store: storeIn(place()), body: (bytes) => keptBuffer(new Uint8Array(bytes)) }));

  describe(name, () => {
    test("gives the bytes back, whole or a span of them", async () => {
      const store = storeIn(place());
      await store.put("a", storedResponse("1", keptBuffer(text("0123456789"))));
      const [found] = await store.find("a");
      expect(await read(found?.body.open())).toBe("0123456789");
      expect(await read(found?.body.open({ first: 2, last: 4 }))).toBe("234");
      expect(await read(found?.body.open({ first: 9, last: 9 }))).toBe("9");
    });
    test("a new head shares the body of the one that it replaces", async () => {
      const names: string[] = [];
      const counted = place();
      const store = storeIn({
        ...counted,
        put: (key, bytes) => {
          names.push(key);
          return counted.put(key, bytes);
        },
      });
      await store.put("a", storedResponse("1", keptBuffer(text("body"))));
      const [found] = await store.find("a");
      if (found === undefined) throw new Error("not found");
      await store.put("a", { ...found, head: { status: 200, fields: [["x", "new"]] } });
      expect(names.filter((key) => key.startsWith("body-"))).toHaveLength(1);
      const [freshened] = await store.find("a");
      expect(freshened?.head.fields).toEqual([["x", "new"]]);
      expect(await read(freshened?.body.open())).toBe("body");
    });
    test("forgets the head of a body that the platform dropped", async () => {
      const lossy = place();
      const dropped: string[] = [];
      const store = storeIn({
        ...lossy,
        put: (key, bytes) => {
          if (key.startsWith("body-")) dropped.push(key);
          return lossy.put(key, bytes);
        },
      });
      await store.put("a", storedResponse("1", keptBuffer(text("body"))));
      for (const key of dropped) await lossy.remove(key);
      const [found] = await store.find("a");
      await expect(read(found?.body.open())).rejects.toThrow("gone");
      expect(await store.find("a")).toEqual([]);
    });
  });
}

test("what only R2 has is brought into the cache of this data centre", async () => {
  const near = cachePlace(caches.default, newHost());
  const far = under(newHost(), r2Place(bucket));
  const behind: Promise<unknown>[] = [];
  await storeIn(far).put("a", storedResponse("1", keptBuffer(text("far away"))));
  const tiered = tieredPlace(near, far, (work) => behind.push(work));
  const [found] = await storeIn(tiered).find("a");
  expect(await read(found?.body.open())).toBe("far away");
  await Promise.all(behind);
  const [nearFound] = await storeIn(near).find("a");
  expect(await read(nearFound?.body.open())).toBe("far away");
});

test("the probe tells a cache that keeps from one that takes everything and finds nothing", async () => {
  expect(await cacheWorks(caches.default, newHost())).toBe(true);
  const forgetful = { put: async () => {}, match: async () => undefined, delete: async () => false };
  expect(await cacheWorks(forgetful as unknown as Cache, newHost())).toBe(false);
});
