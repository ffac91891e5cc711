/** `cache verify` says what is in a store, what is damaged, and that a folder is no store. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { verifyStore } from "../runtime/node/disk/verify.ts";
import { bytesOf, objectFiles, response } from "../test/disk/objects.ts";
import { openStore, removeScratch, scratchFolder } from "../test/disk/scratch.ts";

afterAll(removeScratch, 60_000);

test("a whole store is whole; damage is named; nothing is changed", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  for (let key = 0; key < 3; key += 1) await store.put(`k${key}`, response(bytesOf(1_000, key)));
  await store.put("long", response(bytesOf(2_000_000)));
  await store.close();
  const whole = { objects: 4, bodyBytes: 2_003_000, damaged: [], absent: 0, unknown: 0, damagedRecords: 0 };
  expect(await verifyStore(folder)).toEqual(whole);
  for (const file of objectFiles(folder)) {
    const content = readFileSync(file);
    content[content.length - 100] = (content[content.length - 100] ?? 0) ^ 1;
    writeFileSync(file, content);
  }
  appendFileSync(path.join(folder, "index.log"), "torn");
  writeFileSync(path.join(folder, "objects", "01", "99969"), "left over");
  const damaged = await verifyStore(folder);
  expect(damaged?.damaged).toHaveLength(4);
  expect(damaged).toMatchObject({ unknown: 1, damagedRecords: 1 });
  expect(objectFiles(folder)).toHaveLength(5);
});

test("a folder that is no store is not taken for one", async () => {
  expect(await verifyStore(scratchFolder())).toBe(undefined);
});
