/** What each edge has sent to clients this month (UTC), as far as it passed through this router. */

/** Lines of this kind stand in the file of what was learned. */
const WORD = "transfer";

/** Counts of one calendar month. */
export class TransferCount {
  readonly #bytes = new Map<string, number>();
  #month = "";
  #startMs = 0;
  #endMs = 0;

  /** Bytes more of an edge; returns its sum of the month. */
  add(edge: string, bytes: number, nowMs: number): number {
    this.turn(nowMs);
    const sum = (this.#bytes.get(edge) ?? 0) + bytes;
    this.#bytes.set(edge, sum);
    return sum;
  }

  /** The sums of the month. */
  sums(nowMs: number): ReadonlyMap<string, number> {
    this.turn(nowMs);
    return this.#bytes;
  }

  /** As lines of text. */
  *lines(): Generator<string> {
    for (const [edge, bytes] of this.#bytes) yield `${WORD} ${this.#month} ${bytes} ${encodeURIComponent(edge)}`;
  }

  /**
   * Takes a line of its own; false when it is none. Those of other months are over. `at-least`: the line is of another
   * router that began with the same sums, so adding would count them twice.
   */
  take(line: string, nowMs: number, how: "more" | "at-least" = "more"): boolean {
    const [word, month, bytes, edge] = line.split(" ");
    if (word !== WORD) return false;
    const count = Number(bytes);
    if (month === monthOf(nowMs) && Number.isSafeInteger(count) && count >= 0 && edge !== undefined) {
      const known = how === "more" ? 0 : Math.min(count, this.sums(nowMs).get(decoded(edge)) ?? 0);
      this.add(decoded(edge), count - known, nowMs);
    }
    return true;
  }

  /** Begins anew when it is another month; true: it is, and all sums are 0. */
  turn(nowMs: number): boolean {
    if (nowMs >= this.#startMs && nowMs < this.#endMs) return false;
    const now = new Date(nowMs);
    this.#month = monthOf(nowMs);
    this.#startMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
    this.#endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    this.#bytes.clear();
    return true;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function monthOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}
