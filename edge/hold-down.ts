/** Keys for which no origin could be connected to a moment ago: they are answered alike for a while, without asking again. */
import type { UpstreamFailure } from "../core/ports.ts";

/** Failures that no request can bring about: nobody was reached, whatever was asked for. */
const REACHED_NOBODY: ReadonlySet<string> = new Set(["refused", "unresolved", "connect-timeout", "tls"]);

/** What is held, and until when. */
interface Held {
  readonly failure: UpstreamFailure;
  readonly untilMs: number;
}

/** Bounded: at its limit the key that was held first is forgotten. */
export class HoldDown {
  readonly #maxKeys: number;
  readonly #held = new Map<string, Held>();

  constructor({ maxKeys }: { readonly maxKeys: number }) {
    this.#maxKeys = maxKeys;
  }

  /** Holds a key after a failure, if it is one that counts. */
  failed(key: string, failure: UpstreamFailure | "server-error", untilMs: number, nowMs: number): void {
    if (failure === "server-error" || !REACHED_NOBODY.has(failure) || untilMs <= nowMs) return;
    this.#held.delete(key);
    const [oldest] = this.#held.size >= this.#maxKeys ? this.#held.keys() : [];
    if (oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(key, { failure, untilMs });
  }

  /** The failure that a key is held for. */
  of(key: string, nowMs: number): UpstreamFailure | undefined {
    if (this.#held.size === 0) return undefined;
    const held = this.#held.get(key);
    if (held === undefined || nowMs < held.untilMs) return held?.failure;
    this.#held.delete(key);
    return undefined;
  }
}
