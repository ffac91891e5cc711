/**
 * The folder of a disk store: ours alone, marked by a file that says so, locked while a process uses it. Numbered files
 * lie in 64 folders. What is of another version is thrown away and begun anew.
 */
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LAYOUT_VERSION } from "../../../core/cache/disk/object-layout.ts";
import { codeOf } from "./files.ts";

/** Thrown when a folder cannot be used; the message is for people. */
export class DirectoryProblem extends Error {
  override readonly name = "DirectoryProblem";
}

/** The name of the file that makes a folder ours. */
export const MARKER = "antipode-store.json";
const LOCK = "lock";
const OBJECTS = "objects";
const FOLDERS = 64;
/** What a fresh file system has of its own. */
const NOT_COUNTED: ReadonlySet<string> = new Set(["lost+found", ".DS_Store"]);

/** An open folder. */
export interface StoreDirectory {
  /** A whole number below 2^32, drawn when the store was begun; hashes of keys depend on it. */
  readonly seed: number;
  /** What was found of another version, and thrown away. */
  readonly rebuiltFrom: string | undefined;
  readonly logPath: string;
  pathOf(file: number): string;
  /** The numbers of the files that are there. */
  listFiles(): Promise<number[]>;
  /** Lets another process have it. */
  unlock(): void;
}

/** Opens or begins the store in `folder`. Throws a `DirectoryProblem`. */
export function openDirectory(folder: string): StoreDirectory {
  try {
    makeFolder(path.resolve(folder));
    const names = readdirSync(folder).filter((name) => !NOT_COUNTED.has(name));
    if (
      names.length > 0 &&
      !names.includes(MARKER) &&
      names.some((name) => name !== LOCK && !name.startsWith(`${LOCK}-`))
    ) {
      throw new DirectoryProblem(
        `${folder} holds files that are not a store of antipode (${names.slice(0, 3).join(", ")}); give an empty folder`,
      );
    }
    const unlock = lock(folder);
    try {
      return { ...begin(folder), unlock };
    } catch (error) {
      unlock();
      throw error;
    }
  } catch (error) {
    throw error instanceof DirectoryProblem ? error : new DirectoryProblem(sentenceFor(folder, codeOf(error)));
  }
}

/** With those above it. `recursive` of the system's would go on for ever where nothing can be made, such as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}

/** The folder as it is, for who only looks; undefined: it is no store of this version. */
export function lookAtDirectory(folder: string): Omit<StoreDirectory, "unlock" | "rebuiltFrom"> | undefined {
  const marker = readMarker(folder);
  return marker?.version === LAYOUT_VERSION ? layoutOf(folder, marker.seed) : undefined;
}

function sentenceFor(folder: string, code: string): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `${folder} may not be written by this user`;
    case "EROFS":
      return `${folder} is on a file system that is read-only`;
    case "ENOTDIR":
    case "EEXIST":
      return `${folder} is not a folder`;
    case "ENOSPC":
      return `${folder} is on a disk that is full`;
    default:
      return `${folder} cannot be used: ${code}`;
  }
}

/** The system lets go of the lock when the process ends, however it ends. */
function lock(folder: string): () => void {
  const database = new DatabaseSync(path.join(folder, LOCK), { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new DirectoryProblem(`${folder} is used by another edge; give each edge a folder of its own`);
    }
    throw error;
  }
  return () => database.close();
}

interface Marker {
  readonly version: unknown;
  readonly seed: number;
}

function readMarker(folder: string): Marker | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, MARKER), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const marker: unknown = JSON.parse(text);
    if (typeof marker !== "object" || marker === null || !("version" in marker)) return { version: "unknown", seed: 0 };
    const seed = "seed" in marker && typeof marker.seed === "number" ? marker.seed : undefined;
    return seed === undefined ? { version: "unknown", seed: 0 } : { version: marker.version, seed };
  } catch {
    return { version: "unknown", seed: 0 };
  }
}

function begin(folder: string): Omit<StoreDirectory, "unlock"> {
  const marker = readMarker(folder);
  if (marker?.version === LAYOUT_VERSION) {
    makeFolders(folder);
    return { ...layoutOf(folder, marker.seed), rebuiltFrom: undefined };
  }
  for (const name of [OBJECTS, "index.log", "index.log.new", MARKER]) {
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  makeFolders(folder);
  const seed = randomInt(2 ** 32);
  const file = path.join(folder, MARKER);
  writeFileSync(`${file}.new`, `${JSON.stringify({ store: "antipode", version: LAYOUT_VERSION, seed })}\n`);
  renameSync(`${file}.new`, file);
  return { ...layoutOf(folder, seed), rebuiltFrom: marker === undefined ? undefined : String(marker.version) };
}

function folderOf(file: number): string {
  return (file % FOLDERS).toString(16).padStart(2, "0");
}

function makeFolders(folder: string): void {
  for (let number = 0; number < FOLDERS; number += 1) {
    mkdirSync(path.join(folder, OBJECTS, folderOf(number)), { recursive: true });
  }
}

function layoutOf(folder: string, seed: number): Omit<StoreDirectory, "unlock" | "rebuiltFrom"> {
  const objects = path.join(folder, OBJECTS);
  return {
    seed,
    logPath: path.join(folder, "index.log"),
    pathOf: (file) => `${objects}/${folderOf(file)}/${file}`,
    listFiles: async () => {
      const files: number[] = [];
      for (let number = 0; number < FOLDERS; number += 1) {
        const names = await readdir(path.join(objects, folderOf(number))).catch(() => []);
        for (const name of names) if (/^\d{1,15}$/.test(name)) files.push(Number(name));
      }
      return files;
    },
  };
}
