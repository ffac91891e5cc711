/** A key read back: for whom looks through a store, where keys are all there is. */

/** What a key says of where its response is from. */
export interface KeyPlace {
  readonly site: string;
  readonly authority: string;
  /** The path and query under which it is kept. */
  readonly target: string;
}

const SLICE = /^slice \d+ of \d+ /;

/** Reads a key as `keyId` writes it; undefined when it is none. */
export function placeOfKey(key: string): KeyPlace | undefined {
  const parts: string[] = [];
  let at = SLICE.exec(key)?.[0].length ?? 0;
  const isDigit = (index: number): boolean => /\d/.test(key[index] ?? "");
  while (isDigit(at)) {
    const colon = key.indexOf(":", at);
    const length = Number(key.slice(at, colon));
    if (colon === -1 || !Number.isInteger(length)) return undefined;
    parts.push(key.slice(colon + 1, colon + 1 + length));
    at = colon + 1 + length;
    // A chosen part that the request does not have.
    while (parts.length > 4 && key[at] === "-") at += 1;
  }
  const [site, , authority] = parts;
  if (site === undefined || authority === undefined || parts.length < 4) return undefined;
  return { site, authority, target: key.slice(at) };
}
