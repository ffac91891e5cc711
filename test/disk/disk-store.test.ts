/** The disk store's promises: restarts, damage, a failing disk, long bodies, room. */
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { byteBodies } from "../../runtime/memory/bodies.ts";
import { bodyOf, bytesOf, objectFiles, response, textOf } from "./objects.ts";
import { failingFiles, handClock, openStore, removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch, 60_000);

test("what was stored is there after a restart, in the same words", async () => {
  const folder = scratchFolder();
  const first = await openStore({ folder });
  const kept = { ...response(bytesOf(70_000)), varyOn: [["accept", "ä"]] as const, requestAtMs: 12.25 };
  await first.put("a", kept);
  await first.put("b", response(bytesOf(0)));
  await first.close();
  const second = await openStore({ folder });
  const [found] = await second.find("a");
  const { body, ...rest } = kept;
  expect(found).toMatchObject(rest);
  expect(found && (await textOf(found.body.open())).equals(bytesOf(70_000))).toBe(true);
  expect(await bodyOf(second, "b")).toEqual(Buffer.alloc(0));
  expect(second.usage().entries).toBe(2);
  await second.close();
});

test("what was removed stays away after a restart", async () => {
  const folder = scratchFolder();
  const first = await openStore({ folder });
  await first.put("a", response(bytesOf(10)));
  await first.put("b", response(bytesOf(10)));
  await first.remove("a");
  await first.close();
  const second = await openStore({ folder });
  expect(await second.find("a")).toEqual([]);
  expect(await second.find("b")).toHaveLength(1);
  await second.close();
});

test.each([0, 1, 35, 36, 37, 107, 108])("a log cut after %d bytes gives what its whole records say", async (length) => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  for (let key = 0; key < 3; key += 1) await store.put(`k${key}`, response(bytesOf(100, key)));
  await store.close();
  const log = path.join(folder, "index.log");
  writeFileSync(log, readFileSync(log).subarray(0, length));
  const copy = await openStore({ folder });
  for (let key = 0; key < 3; key += 1) {
    const body = await bodyOf(copy, `k${key}`);
    expect(body?.equals(bytesOf(100, key))).toBe(key < Math.floor(length / 36) ? true : undefined);
  }
  expect(copy.usage().entries).toBe(Math.floor(length / 36));
  await copy.close();
});

test("a flipped byte anywhere in a file is found out: the object is gone, counted, and never wrong", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  const bytes = bytesOf(66_000);
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (place) => {
      await store.put("a", response(bytes));
      const [file = ""] = objectFiles(folder);
      const content = readFileSync(file);
      const at = Math.floor(place * content.length);
      content[at] = (content[at] ?? 0) ^ 0x40;
      writeFileSync(file, content);
      const before = store.figures().damaged;
      const body = await bodyOf(store, "a");
      // The padding behind the text may be anything.
      if (body !== undefined) expect(body.equals(bytes)).toBe(true);
      else expect(store.figures().damaged).toBe(before + 1);
      await store.remove("a");
    }),
    { numRuns: 40 },
  );
  await store.close();
});

test("a cut, an empty and an absent file are no objects", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  for (const damage of [
    (file: string) => writeFileSync(file, ""),
    (file: string) => rmSync(file),
    (file: string) => {
      const descriptor = openSync(file, "r+");
      ftruncateSync(descriptor, statSync(file).size - 1);
      closeSync(descriptor);
    },
  ]) {
    await store.put("a", response(bytesOf(5_000)));
    damage(objectFiles(folder)[0] ?? "");
    expect(await store.find("a")).toEqual([]);
    expect(store.usage().entries).toBe(0);
  }
  expect(store.figures().damaged).toBe(2);
  await store.close();
});

test("a file in another's place is not taken for it", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  await store.put("a", response(bytesOf(100, 1)));
  await store.put("b", response(bytesOf(100, 2)));
  const [one = "", two = ""] = objectFiles(folder);
  writeFileSync(two, readFileSync(one));
  const bodies = [await bodyOf(store, "a"), await bodyOf(store, "b")];
  expect(bodies.filter((body) => body !== undefined)).toHaveLength(1);
  await store.close();
});

test("a long body stays in its file: spans are read and checked by themselves, damage breaks the reader off", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  const bytes = bytesOf(3_000_000);
  const source = (async function* () {
    for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
  })();
  const { body: _, ...rest } = response(Buffer.alloc(0));
  await store.putArriving("a", rest, { bytes: bytes.length, open: () => source });
  const [found] = await store.find("a");
  expect(found?.body).toMatchObject({ bytes: 3_000_000, memoryBytes: 0 });
  if (found === undefined) return;
  expect((await textOf(found.body.open())).equals(bytes)).toBe(true);
  for (const span of [
    { first: 0, last: 0 },
    { first: 65_535, last: 65_536 },
    { first: 123_456, last: 2_999_999 },
  ]) {
    const part = await textOf(found.body.open(span));
    expect(part.equals(bytes.subarray(span.first, span.last + 1))).toBe(true);
  }
  const [file = ""] = objectFiles(folder);
  const content = readFileSync(file);
  content[2_000_000] = (content[2_000_000] ?? 0) ^ 1;
  writeFileSync(file, content);
  await expect(textOf(found.body.open())).rejects.toThrow("damaged");
  await store.close();
  expect(store.figures()).toMatchObject({ damaged: 1, entries: 0 });
});

test("a body that breaks off, or is not as long as was said, leaves nothing and is no fault of the disk", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  const { body: _, ...rest } = response(Buffer.alloc(0));
  const broken = (async function* () {
    yield Buffer.alloc(10);
    throw new Error("reset");
  })();
  for (const open of [() => broken, () => byteBodies.fromText("short"), () => byteBodies.fromText("x".repeat(101))]) {
    await store.putArriving("a", rest, { bytes: 100, open });
  }
  expect(await store.find("a")).toEqual([]);
  expect(objectFiles(folder)).toEqual([]);
  expect(store.figures()).toMatchObject({ failing: undefined, failures: 0, bytes: 0 });
  await store.close();
});

test.each(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE"])(
  "%s: memory only, an alarm, and recovery without a restart",
  async (code) => {
    const [files, clock] = [failingFiles(), handClock()];
    const store = await openStore({ folder: scratchFolder(), files, clock });
    await store.put("before", response(bytesOf(100)));
    files.fail.write = code;
    await store.put("a", response(bytesOf(100)));
    const { failing, failures } = store.figures();
    expect(failing).toBe(code);
    expect(failures).toBeGreaterThan(0);
    expect(await store.find("a")).toEqual([]);
    await store.put("b", response(bytesOf(100)));
    expect(store.figures().failures).toBe(failures);
    clock.advance(2_000);
    await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.figures().failing).toBe(code);
    files.fail.write = undefined;
    clock.advance(2_000);
    await expect.poll(() => store.figures().failing).toBe(undefined);
    await store.put("a", response(bytesOf(100)));
    expect(await bodyOf(store, "a")).toEqual(bytesOf(100));
    await store.close();
  },
);

test("while the disk fails, a new version does not leave the old one to answer", async () => {
  const files = failingFiles();
  const store = await openStore({ folder: scratchFolder(), files });
  await store.put("a", response(bytesOf(100, 1)));
  files.fail.write = "EIO";
  await store.put("a", response(bytesOf(100, 2)));
  expect(await store.find("a")).toEqual([]);
  await store.put("b", response(bytesOf(100, 2)));
  expect(await store.find("b")).toEqual([]);
  await store.close();
});

test("a failed read is a miss", async () => {
  const files = failingFiles();
  const store = await openStore({ folder: scratchFolder(), files });
  await store.put("a", response(bytesOf(100)));
  files.fail.read = "EIO";
  expect(await store.find("a")).toEqual([]);
  expect(store.figures().damaged).toBe(1);
  await store.close();
});

test("a full disk lets go of a little, so that there is room again", async () => {
  const [files, clock] = [failingFiles(), handClock()];
  const store = await openStore({ folder: scratchFolder(), files, clock, maxBytes: 10_000_000 });
  for (let key = 0; key < 100; key += 1) await store.put(`k${key}`, response(bytesOf(20_000, key)));
  const before = store.usage().bytes;
  files.fail.write = "ENOSPC";
  await store.put("more", response(bytesOf(20_000)));
  expect(store.usage().bytes).toBeLessThanOrEqual(before - 100_000);
  expect(store.usage().bytes).toBeGreaterThan(before - 300_000);
  await store.close();
});

test("when it is full, what is asked for once is not written, and what comes again is", async () => {
  const store = await openStore({ folder: scratchFolder(), maxBytes: 400_000 });
  for (let key = 0; key < 50; key += 1) await store.put(`warm${key}`, response(bytesOf(5_000, key)));
  const written = store.figures().writtenBytes;
  for (let key = 0; key < 500; key += 1) await store.put(`once${key}`, response(bytesOf(5_000, key)));
  expect(store.figures().writtenBytes - written).toBeLessThan(50 * 8_000);
  await store.put("once499", response(bytesOf(5_000, 499)));
  expect(await store.find("once499")).toHaveLength(1);
  expect(store.usage().bytes).toBeLessThanOrEqual(400_000);
  await store.close();
});

test("files never take more than the bound, whatever is put and removed", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder, maxBytes: 300_000 });
  for (let step = 0; step < 120; step += 1) {
    const key = `k${(step * 7) % 30}`;
    if (step % 11 === 0) await store.remove(key);
    else await store.put(key, response(bytesOf((step * 977) % 30_000, step)));
    const lengths = objectFiles(folder).reduce((sum, file) => sum + statSync(file).size, 0);
    expect(lengths).toBeLessThanOrEqual(store.usage().bytes);
    expect(store.usage().bytes).toBeLessThanOrEqual(300_000);
    expect(objectFiles(folder)).toHaveLength(store.usage().entries);
  }
  await store.close();
});

test("a 304 rewrites the head in its room, and no body", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  await store.put("a", response(bytesOf(200_000)));
  const [found] = await store.find("a");
  if (found === undefined) throw new Error("not found");
  const written = store.figures().writtenBytes;
  const fresh = { ...found, head: { status: 200, fields: [["etag", '"2"']] as const }, responseAtMs: 99 };
  await store.put("a", fresh);
  expect(store.figures().writtenBytes).toBe(written);
  await store.close();
  const again = await openStore({ folder });
  const [after] = await again.find("a");
  expect(after).toMatchObject({ head: fresh.head, responseAtMs: 99 });
  expect(await bodyOf(again, "a")).toEqual(bytesOf(200_000));
  await again.close();
});
