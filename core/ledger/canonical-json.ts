/** One text for one value: JSON with sorted keys and no spaces (RFC 8785), so that a hash of it means the value. */

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deeper values are refused: nobody writes them, and they exhaust the stack. */
export const JSON_DEPTH_MAX = 64;

/** The text, or undefined when the value is not JSON or nested deeper than `JSON_DEPTH_MAX`. Members that are undefined do not count. */
export function canonicalJson(value: unknown): string | undefined {
  return textOf(value, JSON_DEPTH_MAX);
}

/** Whether a value is JSON, and not too deep. */
export function isJson(value: unknown): value is Json {
  return canonicalJson(value) !== undefined;
}

function textOf(value: unknown, depthLeft: number): string | undefined {
  switch (typeof value) {
    case "string":
      return isWellFormed(value) ? JSON.stringify(value) : undefined;
    case "boolean":
      return String(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : undefined;
    case "object":
      if (value === null) return "null";
      if (depthLeft === 0) return undefined;
      return Array.isArray(value) ? listText(value, depthLeft - 1) : objectText(value, depthLeft - 1);
    default:
      return undefined;
  }
}

/** Half of a surrogate pair has no UTF-8, so it has no hash. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function listText(list: readonly unknown[], depthLeft: number): string | undefined {
  const parts: string[] = [];
  for (const member of list) {
    const text = textOf(member, depthLeft);
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return `[${parts.join(",")}]`;
}

function objectText(object: object, depthLeft: number): string | undefined {
  const parts: string[] = [];
  const members = Object.entries(object).filter(([, member]) => member !== undefined);
  for (const [key, member] of members.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = textOf(member, depthLeft);
    if (text === undefined || !isWellFormed(key)) return undefined;
    parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${parts.join(",")}}`;
}
