/** A pure function of a text that remembers its results: clients send few different texts, and the same ones again. */

/** Results that are remembered for one function; all are forgotten when there is no more room. */
const TEXTS_MAX = 1_024;
/** A longer text is worked out each time. */
const TEXT_MAX_CHARACTERS = 256;

/** `make` with a memory. */
export function remembering(make: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    if (text.length > TEXT_MAX_CHARACTERS) return made;
    if (known.size >= TEXTS_MAX) known.clear();
    known.set(text, made);
    return made;
  };
}
