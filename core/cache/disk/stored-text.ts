/** A stored response, less its body, as the text that a disk keeps. What is read back is checked, field by field. */
import type { FieldLine } from "../../http/fields.ts";
import type { Freshness } from "../freshness.ts";
import type { StoredResponse } from "../stored.ts";

/** A response without its body, and the key that it is stored under. */
export interface StoredHead {
  /** The whole key: what was found under its hash must be about it. */
  readonly key: string;
  readonly response: Omit<StoredResponse<never>, "body">;
}

/** One line of JSON. */
export function storedText({ key, response }: StoredHead): string {
  return JSON.stringify({ key, response });
}

/** Reads what `storedText` wrote; undefined when it is anything else. */
export function readStoredText(text: string): StoredHead | undefined {
  const written = parsed(text);
  if (!isObject(written) || typeof written.key !== "string") return undefined;
  const { key, response } = written;
  return isResponse(response) ? { key, response } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isResponse(value: unknown): value is StoredHead["response"] {
  if (!isObject(value)) return false;
  const { id, head, varyOn, freshness, requestAtMs, responseAtMs } = value;
  return (
    typeof id === "string" &&
    isObject(head) &&
    typeof head.status === "number" &&
    isFieldList(head.fields) &&
    isFieldList(varyOn) &&
    isFreshness(freshness) &&
    typeof requestAtMs === "number" &&
    typeof responseAtMs === "number"
  );
}

function isFreshness(value: unknown): value is Freshness {
  if (!isObject(value)) return false;
  const { lifetimeSeconds, initialAgeSeconds, neverStale, alwaysRevalidate } = value;
  return (
    typeof lifetimeSeconds === "number" &&
    typeof initialAgeSeconds === "number" &&
    typeof neverStale === "boolean" &&
    typeof alwaysRevalidate === "boolean"
  );
}

function isFieldList(value: unknown): value is readonly FieldLine[] {
  return Array.isArray(value) && value.every(isFieldLine);
}

function isFieldLine(value: unknown): value is FieldLine {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
}
