/** The tracestate field: other vendors' entries, passed on untouched when they are well formed (Trace Context §3.3). */
import { combinedValue } from "../http/fields.ts";

const ENTRIES_MAX = 32;
/** The specification asks for at least 512 characters; whole entries beyond this are dropped, the last ones first. */
const STATE_MAX_BYTES = 1_024;

const SIMPLE_KEY = /^[a-z0-9][a-z0-9_\-*/]{0,255}$/;
const TENANT_KEY = /^[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13}$/;
/** Printable, without comma and equals sign, not ending in a space. */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** The entries of all lines as one value, or undefined when there are none or one of them is malformed. */
export function keptTracestate(lines: readonly string[]): string | undefined {
  const combined = combinedValue(
    lines.map((line) => ["tracestate", line] as const),
    "tracestate",
  );
  if (combined === undefined) return undefined;
  const entries = combined
    .split(",")
    .map((entry) => entry.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((entry) => entry !== "");
  const keys = new Set(entries.map(keyOf));
  if (entries.length === 0 || entries.length > ENTRIES_MAX) return undefined;
  if (keys.size !== entries.length || !entries.every(isWellFormed)) return undefined;
  return withinLimit(entries);
}

function keyOf(entry: string): string {
  return entry.slice(0, Math.max(0, entry.indexOf("=")));
}

function isWellFormed(entry: string): boolean {
  const key = keyOf(entry);
  return (SIMPLE_KEY.test(key) || TENANT_KEY.test(key)) && VALUE.test(entry.slice(key.length + 1));
}

function withinLimit(entries: readonly string[]): string | undefined {
  let kept = "";
  for (const entry of entries) {
    const longer = kept === "" ? entry : `${kept},${entry}`;
    if (longer.length > STATE_MAX_BYTES) break;
    kept = longer;
  }
  return kept === "" ? undefined : kept;
}
