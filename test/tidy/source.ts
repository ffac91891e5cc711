/** What the tidy rules look at: the project's text files, and the syntax trees of its TypeScript. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";

/** A file by its path from the root of the repository, with forward slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A TypeScript file and its tree. */
export interface ParsedFile extends TextFile {
  readonly tree: SourceFile;
}

/** One breach of one rule. */
export interface Offence {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

const TEXT_FILES = ["**/*.{ts,js,cjs,mjs,json,jsonc,md,yaml,yml,toml,html,css,txt}", "bin/antipode", ".ci/run"];
const GENERATED = ["node_modules", "dist", ".git", ".wrangler", ".antipode", "docs/evidence", "package-lock.json"];

/** Every text file of the project that a person wrote. */
export function projectFiles(root: string): TextFile[] {
  return globSync(TEXT_FILES, { cwd: root, exclude: (name) => GENERATED.includes(name) })
    .map((name) => name.split(path.sep).join("/"))
    .sort()
    .map((name) => ({ path: name, text: readFileSync(path.join(root, name), "utf8") }));
}

/** Whether a path from `root` is there, text or not. */
export function projectHas(root: string): (filePath: string) => boolean {
  return (filePath) => existsSync(path.join(root, filePath));
}

/** Parses the TypeScript among `files` with TypeScript's own parser, in memory. */
export function parseFiles(files: readonly TextFile[]): ParsedFile[] {
  const sources = files.filter((file) => file.path.endsWith(".ts"));
  const options = { noLib: true, noResolve: true, types: [], noEmit: true, allowImportingTsExtensions: true };
  const virtual: Record<string, string> = Object.fromEntries(sources.map((file) => [`/tidy/${file.path}`, file.text]));
  const config = "/tidy/tsconfig.tidy.json";
  virtual[config] = JSON.stringify({ compilerOptions: options, files: sources.map((file) => `/tidy/${file.path}`) });
  const api = new API({ cwd: "/tidy", fs: createVirtualFileSystem(virtual) });
  try {
    const program = api.updateSnapshot({ openProjects: [config] }).getProject(config)?.program;
    return sources.map((file) => {
      const tree = program?.getSourceFile(`/tidy/${file.path}`);
      if (tree === undefined) throw new Error(`${file.path} was not parsed`);
      return { ...file, tree };
    });
  } finally {
    api.close();
  }
}

/** Calls `visit` for `node` and everything below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

/** The line of a position, counted from 1. */
export function lineAt(file: TextFile, position: number): number {
  let line = 1;
  for (
    let index = file.text.indexOf("\n");
    index !== -1 && index < position;
    index = file.text.indexOf("\n", index + 1)
  ) {
    line += 1;
  }
  return line;
}

/** The line where a node begins, without the comments before it. */
export function lineOf(file: ParsedFile, node: Node): number {
  return lineAt(file, node.getStart(file.tree));
}

/** Whether a file is a test or belongs to the tests. */
export function isTest(filePath: string): boolean {
  return filePath.endsWith(".test.ts") || filePath.startsWith("test/") || filePath.startsWith("bench/");
}

/** Files that put adapters and roles together: they may import everything (docs/ARCHITECTURE.md). */
export function isComposition(filePath: string): boolean {
  return /^[a-z]+\/(node|worker)\.ts$/.test(filePath) || filePath.startsWith("cli/") || !filePath.includes("/");
}

/** Pure files: the core and the roles, which see time and chance only through a Clock. */
export function isPure(filePath: string): boolean {
  const pure = /^(core|fleet|origin|edge|router)\//.test(filePath) && !filePath.startsWith("origin/demo/");
  return pure && !isComposition(filePath) && !isTest(filePath);
}
