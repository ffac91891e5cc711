/** How many connections each remote address holds: one IPv4 address, or one IPv6 /64, the least a subscriber gets. */
import type { Cidr } from "../../../core/net/address.ts";
import { subscriberOf } from "../../../core/net/subscriber.ts";
import type { ListenerLimits } from "./listener-options.ts";

/** Counts; bounded by the number of connections. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();
  readonly #limits: ListenerLimits;
  readonly #trusted: readonly Cidr[];

  constructor(limits: ListenerLimits, trusted: readonly Cidr[]) {
    this.#limits = limits;
    this.#trusted = trusted;
  }

  /** Counts one more. Undefined: it has too many already; otherwise call what is returned when it has gone. */
  enter(peerAddress: string): (() => void) | undefined {
    const subscriber = subscriberOf(peerAddress, this.#trusted);
    if (subscriber === undefined) return uncounted;
    const { family, key } = subscriber;
    const limit = family === 4 ? this.#limits.connectionsPerIpv4 : this.#limits.connectionsPerIpv6Prefix;
    if (limit === 0) return uncounted;
    const count = this.#counts.get(key) ?? 0;
    if (count >= limit) return undefined;
    this.#counts.set(key, count + 1);
    return () => this.#leave(key);
  }

  #leave(key: string): void {
    const count = (this.#counts.get(key) ?? 1) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

function uncounted(): void {}
