/** A data folder that cannot be used is named, with what to do. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openDataFolder } from "./data-folder.ts";

test("a file in the folder's place is told as that, and left alone", () => {
  const parent = mkdtempSync(path.join(tmpdir(), "antipode-data-"));
  try {
    const file = path.join(parent, "data");
    writeFileSync(file, "mine");
    expect(() => openDataFolder(file)).toThrow(
      /data cannot hold the ledger .*name a folder that this user may write to/,
    );
    expect(openDataFolder(path.join(parent, "new")).ledgerFile).toBe(path.join(parent, "new", "ledger.sqlite"));
  } finally {
    rmSync(parent, { recursive: true });
  }
});
