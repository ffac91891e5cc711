/** Folders for disk stores under test, removed afterwards; a clock that tests move; files that fail when they are told to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Clock } from "../../core/ports.ts";
import { type DiskStore, type DiskStoreOptions, openDiskStore } from "../../runtime/node/disk/disk-store.ts";
import { type Files, systemFiles } from "../../runtime/node/disk/files.ts";

const folders: string[] = [];

/** An empty folder. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-disk-"));
  folders.push(folder);
  return folder;
}

/** Removes all of them. */
export function removeScratch(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A clock that stands still until it is moved. */
export function handClock(): Clock & { advance(ms: number): void } {
  let nowMs = 1_000_000;
  const waiting = new Set<{ readonly atMs: number; readonly action: () => void }>();
  return {
    nowMs: () => nowMs,
    random: () => 0.5,
    after: (delayMs, action) => {
      const timer = { atMs: nowMs + delayMs, action };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    advance: (ms) => {
      nowMs += ms;
      for (const timer of [...waiting]) {
        if (timer.atMs > nowMs) continue;
        waiting.delete(timer);
        timer.action();
      }
    },
  };
}

/** Opens a store with what tests seldom care for. */
export function openStore(options: Partial<DiskStoreOptions> & { readonly folder: string }): Promise<DiskStore> {
  return openDiskStore({
    maxBytes: 100_000_000,
    clock: handClock(),
    variantsPerKeyMax: 16,
    objectMaxBytes: 50_000_000,
    ...options,
  });
}

/** Files whose operations fail with a code while one is set. */
export function failingFiles(): Files & { fail: { [operation in keyof Files]?: string | undefined } } {
  const fail: { [operation in keyof Files]?: string | undefined } = {};
  const check = (operation: keyof Files): void => {
    const code = fail[operation];
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${operation}`), { code, syscall: operation });
  };
  return {
    fail,
    openToRead: async (file) => {
      check("openToRead");
      return await systemFiles.openToRead(file);
    },
    create: async (file) => {
      check("create");
      return await systemFiles.create(file);
    },
    openToChange: async (file) => {
      check("openToChange");
      return await systemFiles.openToChange(file);
    },
    write: async (descriptor, parts, position) => {
      check("write");
      await systemFiles.write(descriptor, parts, position);
    },
    read: async (descriptor, into, position) => {
      check("read");
      return await systemFiles.read(descriptor, into, position);
    },
    length: async (descriptor) => {
      check("length");
      return await systemFiles.length(descriptor);
    },
    close: systemFiles.close,
    remove: async (file) => {
      check("remove");
      await systemFiles.remove(file);
    },
  };
}
