/** The learned tables of a router in a file: whole or not at all, so that a crash while it is written loses nothing. */
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";

/** Lines go out in pieces of about this many characters. */
const PIECE_CHARACTERS = 256 * 1024;
/** A table of 100,000 prefixes has about 40 MB. */
const LINES_MAX = 2_000_000;

/** Writes lines to a file in place of what it held; synced before it takes the name. Throws what the file system does. */
export async function saveLines(file: string, lines: Iterable<string>): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, "w", 0o600);
  try {
    let piece = "";
    for (const line of lines) {
      piece += `${line}\n`;
      if (piece.length < PIECE_CHARACTERS) continue;
      await handle.writeFile(piece);
      piece = "";
    }
    await handle.writeFile(piece);
    await handle.sync();
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

/** The first line of a file; undefined when there is none. Throws when there is one that cannot be read. */
export async function firstLine(file: string): Promise<string | undefined> {
  return (await loadLines(file, 1))?.[0];
}

/** The lines of a file; undefined when there is none. Throws when there is one that cannot be read. */
export async function loadLines(file: string, linesMax = LINES_MAX): Promise<readonly string[] | undefined> {
  const lines: string[] = [];
  try {
    for await (const line of createInterface({
      input: createReadStream(file, "utf8"),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      lines.push(line);
      if (lines.length >= linesMax) break;
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return lines;
}
