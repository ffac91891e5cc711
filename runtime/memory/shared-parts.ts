/**
 * What stored responses have in common is kept once: most say the same type and the same Cache-Control, line by line.
 * Bounded, in two generations: what was not met while one filled up is forgotten, by this file at least.
 */
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { FieldLine, Fields } from "../../core/http/fields.ts";

/** Longer values are seldom the same twice. */
const SHARED_VALUE_CHARACTERS = 128;
/** Lines of each of the two generations. */
const SHARED_LINES = 4_096;

const NO_LINES: Fields = [];

/** Lines by value, of one name. */
type Values = Map<string, FieldLine>;

/** The lines that one store has met. */
export class SharedParts {
  #young = new Map<string, Values>();
  #old = new Map<string, Values>();
  #count = 0;
  #oldCount = 0;

  /** Lines that are remembered. */
  get lines(): number {
    return this.#count + this.#oldCount;
  }

  /** The same response, with parts that others have as well; its objects have just the room that they need. */
  shared<B>(response: StoredResponse<B>): StoredResponse<B> {
    const { id, head, body, varyOn, freshness, requestAtMs, responseAtMs } = response;
    return {
      id,
      head: { status: head.status, fields: head.fields.map((line) => this.#line(line)) },
      body,
      varyOn: varyOn.length === 0 ? NO_LINES : varyOn.map((line) => this.#line(line)),
      freshness: {
        lifetimeSeconds: freshness.lifetimeSeconds,
        source: freshness.source,
        initialAgeSeconds: freshness.initialAgeSeconds,
        staleWhileRevalidateSeconds: freshness.staleWhileRevalidateSeconds,
        staleIfErrorSeconds: freshness.staleIfErrorSeconds,
        neverStale: freshness.neverStale,
        alwaysRevalidate: freshness.alwaysRevalidate,
      },
      requestAtMs,
      responseAtMs,
    };
  }

  #line(line: FieldLine): FieldLine {
    const [name, value] = line;
    if (value.length > SHARED_VALUE_CHARACTERS) return line;
    const known = this.#young.get(name)?.get(value) ?? this.#old.get(name)?.get(value);
    return this.#keep(known ?? line);
  }

  #keep(line: FieldLine): FieldLine {
    const [name, value] = line;
    let values = this.#young.get(name);
    if (values === undefined) {
      values = new Map();
      this.#young.set(name, values);
    } else if (values.has(value)) return line;
    values.set(value, line);
    this.#count += 1;
    if (this.#count < SHARED_LINES) return line;
    this.#old = this.#young;
    this.#young = new Map();
    this.#oldCount = this.#count;
    this.#count = 0;
    return line;
  }
}
