/** Folders that may be used, and those that may not, with what is said of them. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { keptBuffer } from "../../runtime/memory/kept-buffer.ts";
import { MARKER } from "../../runtime/node/disk/directory.ts";
import { storedResponse } from "../contract/store.ts";
import { openStore, removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch, 60_000);

test("a folder that does not exist is made", async () => {
  const folder = path.join(scratchFolder(), "some", "where");
  const store = await openStore({ folder });
  expect(readdirSync(folder)).toContain(MARKER);
  await store.close();
});

test("a folder with other files is left alone", async () => {
  const folder = scratchFolder();
  writeFileSync(path.join(folder, "thesis.doc"), "mine");
  await expect(openStore({ folder })).rejects.toThrow("holds files that are not a store of antipode (thesis.doc)");
  expect(readdirSync(folder)).toEqual(["thesis.doc"]);
});

test("what a fresh file system has of its own is no other file", async () => {
  const folder = scratchFolder();
  mkdirSync(path.join(folder, "lost+found"));
  const store = await openStore({ folder });
  await store.close();
});

test("two edges cannot share a folder; the second one is told, and may have it afterwards", async () => {
  const folder = scratchFolder();
  const store = await openStore({ folder });
  await expect(openStore({ folder })).rejects.toThrow(`${folder} is used by another edge`);
  await store.close();
  await (await openStore({ folder })).close();
});

test("a file is no folder, and what cannot be made is said", async () => {
  const file = path.join(scratchFolder(), "file");
  writeFileSync(file, "");
  await expect(openStore({ folder: file })).rejects.toThrow(`${file} is not a folder`);
  await expect(openStore({ folder: path.join(file, "below") })).rejects.toThrow("is not a folder");
  await expect(openStore({ folder: "/proc/antipode" })).rejects.toThrow("/proc/antipode cannot be used");
});

test.each(['{"store":"antipode","version":99,"seed":1}', "{", ""])(
  "a store of another version (%s) is begun anew",
  async (marker) => {
    const folder = scratchFolder();
    const old = await openStore({ folder });
    await old.put("a", storedResponse("1", keptBuffer(Buffer.alloc(10))));
    await old.close();
    writeFileSync(path.join(folder, MARKER), marker);
    const store = await openStore({ folder });
    expect(store.rebuiltFrom).toBe(marker.includes("99") ? "99" : "unknown");
    expect(await store.find("a")).toEqual([]);
    expect(store.usage().entries).toBe(0);
    await store.close();
    expect(JSON.parse(readFileSync(path.join(folder, MARKER), "utf8"))).toMatchObject({ version: 1 });
  },
);

test("files that the log does not know are removed", async () => {
  const folder = scratchFolder();
  await (await openStore({ folder })).close();
  const orphan = path.join(folder, "objects", "05", "5");
  writeFileSync(orphan, "half written");
  const store = await openStore({ folder });
  await expect.poll(() => readdirSync(path.join(folder, "objects", "05"))).toEqual([]);
  await store.close();
});
