/** Finds the site of a host name: one or a few lookups in a map, whatever the number of sites. */
import { type HostPattern, hostOf, hostPatternKey, parseHostPattern } from "./host-pattern.ts";

/** Things by host patterns. The most specific pattern wins: host and port, host, `*.` with the most labels, `*`. */
export class HostIndex<T> {
  readonly #exact = new Map<string, T>();
  /** By suffix with its first dot. */
  readonly #below = new Map<string, T>();
  #rest: T | undefined;

  /** Enters a pattern; the first one to come stays. */
  add(pattern: HostPattern, value: T): void {
    switch (pattern.kind) {
      case "exact":
        if (!this.#exact.has(pattern.authority)) this.#exact.set(pattern.authority, value);
        return;
      case "below":
        if (!this.#below.has(pattern.suffix)) this.#below.set(pattern.suffix, value);
        return;
      case "any":
        this.#rest ??= value;
    }
  }

  /** What is there for a normal authority (`core/http/authority.ts`). */
  find(authority: string): T | undefined {
    const exact = this.#exact.get(authority);
    if (exact !== undefined) return exact;
    const host = hostOf(authority);
    return (host === authority ? undefined : this.#exact.get(host)) ?? this.#findBelow(host) ?? this.#rest;
  }

  #findBelow(host: string): T | undefined {
    if (this.#below.size === 0) return undefined;
    // A host has at most 127 labels, so this ends soon.
    for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
      const found = this.#below.get(host.slice(dot));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The normal form of a pattern's text, for finding duplicates; undefined when it is no pattern. */
export function hostKey(text: string): string | undefined {
  const pattern = parseHostPattern(text);
  return pattern === undefined ? undefined : hostPatternKey(pattern);
}
