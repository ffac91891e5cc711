/** Reads members of values that came from outside, without belief: what has the wrong type is absent. */

/** A JSON object, not yet judged. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a value has members. */
export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that is a text. */
export function textMember(from: Members, key: string): string | undefined {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** A member that is a finite number. */
export function numberMember(from: Members, key: string): number | undefined {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A member that is a list of texts. */
export function textsMember(from: Members, key: string): readonly string[] | undefined {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

/** A member that has members itself; an empty object when there is none. */
export function membersMember(from: Members, key: string): Members {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return isMembers(value) ? value : {};
}

/** A parsed JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
