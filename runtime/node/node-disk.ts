/** Small files of a node: written beside, synced, renamed, and the folder synced, so that a crash leaves the old or the new. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { NodeDisk } from "../../core/ledger/follow-ports.ts";

/** Files in a folder, which is made where there is none; only their owner may read them. */
export function nodeDisk(folder: string): NodeDisk {
  return {
    load: async (name) => {
      try {
        return await readFile(join(folder, name), "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    save: async (name, text) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, name);
      const beside = `${file}.new`;
      await synced(beside, "w", text);
      await rename(beside, file);
      await synced(folder, "r", undefined);
    },
    append: async (name, text) => await synced(join(folder, name), "a", text),
    loadNow: (name) => {
      try {
        return readFileSync(join(folder, name), "utf8");
      } catch {
        return undefined;
      }
    },
    saveNow: (name, text) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, name);
      const beside = `${file}.now`;
      const descriptor = openSync(beside, "w", 0o600);
      try {
        writeFileSync(descriptor, text);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(beside, file);
    },
  };
}

async function synced(path: string, flags: "r" | "w" | "a", text: string | undefined): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    if (text !== undefined) await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
