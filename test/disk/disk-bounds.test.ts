/** More promises of the disk store: what is removed stays removed, the bound holds, and no object is lost without need. */
import { afterAll, expect, test } from "vitest";
import { bodyOf, bytesOf, objectFiles, response } from "./objects.ts";
import { failingFiles, handClock, openStore, removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch, 60_000);

test("one body under two keys is two objects", async () => {
  const store = await openStore({ folder: scratchFolder() });
  const shared = response(bytesOf(1_000));
  await store.put("a", shared);
  await store.put("b", shared);
  expect(await bodyOf(store, "a")).toEqual(bytesOf(1_000));
  expect(await bodyOf(store, "b")).toEqual(bytesOf(1_000));
  await store.close();
});

test("too many open files is a miss, and costs no object", async () => {
  const files = failingFiles();
  const store = await openStore({ folder: scratchFolder(), files });
  await store.put("a", response(bytesOf(100)));
  files.fail.openToRead = "EMFILE";
  expect(await store.find("a")).toEqual([]);
  files.fail.openToRead = undefined;
  expect(await bodyOf(store, "a")).toEqual(bytesOf(100));
  await store.close();
});

test.each([
  { failing: ["remove"], code: "EIO" },
  { failing: ["remove", "write", "create"], code: "EROFS" },
] as const)("what was removed while $failing failed stays away after a recovery and a restart", async (given) => {
  const [folder, files, clock] = [scratchFolder(), failingFiles(), handClock()];
  const store = await openStore({ folder, files, clock });
  await store.put("a", response(bytesOf(100)));
  for (const operation of given.failing) files.fail[operation] = given.code;
  await store.remove("a");
  expect(store.figures().failing).toBe(given.code);
  for (const operation of given.failing) files.fail[operation] = undefined;
  clock.advance(2_000);
  await expect.poll(() => store.figures().failing).toBe(undefined);
  await store.close();
  const again = await openStore({ folder });
  expect(await again.find("a")).toEqual([]);
  await again.close();
});

test("what left for want of room stays away after a restart, although its file was left to readers", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder, maxBytes: 4_000_000, policy: "lru" });
  const { body: _, ...rest } = response(Buffer.alloc(0));
  await store.putArriving("a", rest, { bytes: 3_000_000, open: () => bytesOf(3_000_000) });
  expect(await store.find("a")).toHaveLength(1);
  for (let time = 0; time < 2; time += 1) await store.put("b", response(bytesOf(2_000_000)));
  expect(store.mayHave("a")).toBe(false);
  expect(objectFiles(folder)).toHaveLength(2);
  await store.close();
  const again = await openStore({ folder });
  expect(again.mayHave("a")).toBe(false);
  expect(await again.find("b")).toHaveLength(1);
  await again.close();
});

/** Of so many pieces of 100 KB, told nothing of its length. */
function unmeasured(pieces: number) {
  const bytes = bytesOf(pieces * 100_000);
  const source = (async function* () {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
  })();
  return { bytes, arriving: { bytes: undefined, open: () => source } };
}

test("a body of unknown length is given room as it comes, and never more than there is", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder, maxBytes: 30_000_000, policy: "lru", objectMaxBytes: 25_000_000 });
  const { body: _, ...rest } = response(Buffer.alloc(0));
  for (let key = 0; key < 10; key += 1) await store.put(`${key}`, response(bytesOf(1_000_000)));
  const long = unmeasured(240);
  await store.putArriving("long", rest, long.arriving);
  expect((await bodyOf(store, "long"))?.equals(long.bytes)).toBe(true);
  expect(store.usage().bytes).toBeGreaterThan(24_000_000);
  expect(store.usage().bytes).toBeLessThanOrEqual(30_000_000);
  await store.putArriving("too long", rest, unmeasured(251).arriving);
  expect(store.mayHave("too long")).toBe(false);
  expect(objectFiles(folder)).toHaveLength(store.usage().entries);
  expect(store.figures()).toMatchObject({ failing: undefined, failures: 0 });
  await store.close();
  const again = await openStore({ folder });
  expect((await bodyOf(again, "long"))?.equals(long.bytes)).toBe(store.mayHave("long"));
  await again.close();
});

test("writes side by side keep within the bound", async () => {
  const store = await openStore({ folder: scratchFolder(), maxBytes: 300_000, policy: "lru" });
  for (let key = 0; key < 20; key += 1) await store.put(`${key}`, response(bytesOf(14_000)));
  const keys = Array.from({ length: 15 }, (_, index) => `new ${index}`);
  for (const key of keys) await store.put(key, response(bytesOf(14_000)));
  await Promise.all(keys.map((key) => store.put(key, response(bytesOf(14_000)))));
  expect(keys.filter((key) => store.mayHave(key))).toHaveLength(15);
  expect(store.usage().bytes).toBeLessThanOrEqual(300_000);
  await store.close();
});

test("bodies that arrive side by side and are more than the whole disk: who comes last is not stored", async () => {
  const maxBytes = 10_000_000;
  const folder = scratchFolder();
  const store = await openStore({ folder, maxBytes, policy: "lru" });
  const { body: _, ...rest } = response(Buffer.alloc(0));
  const bytes = bytesOf(4_000_000);
  const keys = ["a", "b", "c", "d"];
  await Promise.all(keys.map((key) => store.putArriving(key, rest, { bytes: bytes.length, open: () => bytes })));
  expect(keys.filter((key) => store.mayHave(key))).toEqual(["a", "b"]);
  expect(store.usage().bytes).toBeLessThanOrEqual(maxBytes);
  expect(objectFiles(folder)).toHaveLength(2);
  expect(store.figures()).toMatchObject({ failing: undefined, refused: 2, evicted: 0 });
  await store.close();
});

test("a disk made smaller than one of its objects loses that one, and keeps the others", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder, maxBytes: 30_000_000 });
  const { body: _, ...rest } = response(Buffer.alloc(0));
  await store.put("a", response(bytesOf(1_000_000)));
  const bytes = bytesOf(12_000_000);
  await store.putArriving("large", rest, { bytes: bytes.length, open: () => bytes });
  await store.close();
  const smaller = await openStore({ folder, maxBytes: 10_000_000 });
  expect(smaller.usage().bytes).toBeLessThanOrEqual(10_000_000);
  expect(["a", "large"].map((key) => smaller.mayHave(key))).toEqual([true, false]);
  await expect.poll(() => objectFiles(folder)).toHaveLength(1);
  await smaller.close();
});
