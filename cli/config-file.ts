/** Reads a config file into plain data: `.ts` and its kin are imported, `.json` and `.yaml` parsed. Nothing is judged yet. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseDocument } from "yaml";
import { defaultSettings } from "../core/config/settings.ts";
import { jsonPlace } from "./json-place.ts";

/** The content of a file, or one sentence that says why there is none. */
export type ConfigFile =
  | { readonly kind: "content"; readonly content: unknown }
  | { readonly kind: "unreadable"; readonly reason: string };

/** Aliases of YAML that may be followed: a file of a few bytes must not become one of many (FAULTS P01). */
const YAML_ALIASES_MAX = 100;

/** Reads the file by its extension. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const extension = path.extname(file).toLowerCase();
  try {
    switch (extension) {
      case ".ts":
      case ".mts":
      case ".js":
      case ".mjs":
        return await readModule(file);
      case ".json":
        return readJson(await readText(file));
      case ".yaml":
      case ".yml":
        return readYaml(await readText(file));
      default:
        return unreadable(`a config ends in .ts, .json or .yaml; ${path.basename(file)} does not`);
    }
  } catch (error) {
    return unreadable(reasonOf(error));
  }
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > defaultSettings.configMaxBytes) {
    throw new Error(`it has ${size} bytes; ${defaultSettings.configMaxBytes} at most`);
  }
  const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  return text.replace(/^\uFEFF/, "");
}

function readJson(text: string): ConfigFile {
  try {
    return { kind: "content", content: JSON.parse(text) };
  } catch (error) {
    const place = jsonPlace(text);
    const where = place === undefined ? "" : `line ${place.line}, column ${place.column}: `;
    return unreadable(`${where}${place?.problem ?? reasonOf(error)}`);
  }
}

function readYaml(text: string): ConfigFile {
  const document = parseDocument(text, { strict: true, uniqueKeys: true, prettyErrors: true, version: "1.2" });
  const [found] = [...document.errors, ...document.warnings];
  if (found !== undefined) {
    const [place] = found.linePos ?? [];
    const where = place === undefined ? "" : `line ${place.line}, column ${place.col}: `;
    return unreadable(`${where}${found.message.split(/ at line \d+/)[0]}`);
  }
  return { kind: "content", content: document.toJS({ maxAliasCount: YAML_ALIASES_MAX }) };
}

/** A module is the user's own code and runs with the user's rights, as `vite.config.ts` does. */
async function readModule(file: string): Promise<ConfigFile> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path.resolve(file)).href);
  const content = module.default ?? module.config;
  if (content === undefined) return unreadable("it exports no config; write: export default defineConfig({ … })");
  return { kind: "content", content };
}

function unreadable(reason: string): ConfigFile {
  return { kind: "unreadable", reason };
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read by this user",
  EISDIR: "it is a directory",
  ERR_MODULE_NOT_FOUND: "it imports something that is not there",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
};

/** Why a file could not be read, in words for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ERR_MODULE_NOT_FOUND") return error.message.split("\n", 1)[0] ?? error.message;
  // Node says the place of a syntax error on the first line of the stack only: …/antipode.config.ts:12
  const line = error instanceof SyntaxError ? /^.*:(\d+)\n/.exec(error.stack ?? "")?.[1] : undefined;
  const text = SYSTEM_ERRORS[code] ?? error.message.split("\n", 1)[0] ?? error.message;
  return line === undefined ? text : `line ${line}: ${text}`;
}
