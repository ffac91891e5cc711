/** Structured fields (RFC 9651 §4.2), as far as targeted cache control (RFC 9213), No-Vary-Search and groups need. */

/** A bare item or an inner list; parameters are parsed and dropped. */
export type DictionaryValue =
  | { readonly kind: "integer" | "decimal"; readonly value: number }
  | { readonly kind: "string" | "token" | "bytes"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "list"; readonly value: readonly DictionaryValue[] };

/** Members by key; a repeated key keeps its last value, as the RFC demands. */
export type Dictionary = ReadonlyMap<string, DictionaryValue>;

const KEY = /[a-z*][a-z0-9_\-.*]*/y;
const NUMBER = /-?\d{1,15}(?:\.\d{1,3})?/y;
const STRING = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const TOKEN = /[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y;
const BYTES = /:([A-Za-z0-9+/=]*):/y;
const BOOLEAN = /\?([01])/y;
const SPACE = / */y;
const OWS = /[ \t]*/y;

/** Parses a dictionary; undefined when the text is not one (the whole field is then ignored, RFC 9651 §4.2). */
export function parseDictionary(text: string): Dictionary | undefined {
  const cursor = new Cursor(text);
  const members = new Map<string, DictionaryValue>();
  cursor.take(SPACE);
  while (!cursor.done) {
    const key = cursor.take(KEY);
    if (key === undefined) return undefined;
    const value = cursor.skip("=") ? parseValue(cursor) : ({ kind: "boolean", value: true } as const);
    if (value === undefined || !skipParameters(cursor)) return undefined;
    members.delete(key);
    members.set(key, value);
    cursor.take(OWS);
    if (cursor.done) return members;
    if (!cursor.skip(",")) return undefined;
    cursor.take(OWS);
    if (cursor.done) return undefined; // a trailing comma
  }
  return members;
}

/** Parses a list of strings; undefined when it is none, or a member is anything else. Parameters are dropped. */
export function parseStringList(text: string): readonly string[] | undefined {
  const cursor = new Cursor(text);
  const strings: string[] = [];
  cursor.take(SPACE);
  while (!cursor.done) {
    const item = parseItem(cursor);
    if (item?.kind !== "string" || !skipParameters(cursor)) return undefined;
    strings.push(item.value);
    cursor.take(OWS);
    if (cursor.done) return strings;
    if (!cursor.skip(",")) return undefined;
    cursor.take(OWS);
    if (cursor.done) return undefined; // a trailing comma
  }
  return strings;
}

function parseValue(cursor: Cursor): DictionaryValue | undefined {
  if (!cursor.skip("(")) return parseItem(cursor);
  const value: DictionaryValue[] = [];
  for (;;) {
    cursor.take(SPACE);
    if (cursor.skip(")")) return { kind: "list", value };
    const item = parseItem(cursor);
    if (item === undefined || !skipParameters(cursor)) return undefined;
    value.push(item);
    if (!cursor.at(" ") && !cursor.at(")")) return undefined;
  }
}

function parseItem(cursor: Cursor): DictionaryValue | undefined {
  const number = cursor.take(NUMBER);
  if (number !== undefined) return { kind: number.includes(".") ? "decimal" : "integer", value: Number(number) };
  const string = cursor.take(STRING);
  if (string !== undefined) return { kind: "string", value: string.slice(1, -1).replaceAll(/\\(.)/g, "$1") };
  const token = cursor.take(TOKEN);
  if (token !== undefined) return { kind: "token", value: token };
  const bytes = cursor.take(BYTES);
  if (bytes !== undefined) return { kind: "bytes", value: bytes.slice(1, -1) };
  const boolean = cursor.take(BOOLEAN);
  return boolean === undefined ? undefined : { kind: "boolean", value: boolean === "?1" };
}

function skipParameters(cursor: Cursor): boolean {
  while (cursor.skip(";")) {
    cursor.take(SPACE);
    if (cursor.take(KEY) === undefined) return false;
    if (cursor.skip("=") && parseItem(cursor) === undefined) return false;
  }
  return true;
}

/** A reading position in a text. */
class Cursor {
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#index >= this.#text.length;
  }

  at(character: string): boolean {
    return this.#text[this.#index] === character;
  }

  skip(character: string): boolean {
    if (!this.at(character)) return false;
    this.#index += 1;
    return true;
  }

  /** What a sticky pattern matches here, or undefined. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#index += match[0].length;
    return match[0];
  }
}
