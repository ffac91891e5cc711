/** The zones of a router with `--dns`: those of its config, and the hosts of all sites of the file or of the ledger. */
import type { CompiledConfig } from "../core/config/compile-config.ts";
import type { Settings } from "../core/config/settings.ts";
import { ZoneBook } from "../core/dns/zone.ts";
import { zonesOfConfig } from "../core/dns/zones-of-config.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";

/** How long others may keep who answers for a zone: it changes rarely. */
const NAME_SERVER_TTL_SECONDS = 3_600;

/** Keeps the zones up to date. What the ledger says of sites wins over the file. */
export class RoutedZones {
  readonly #config: Pick<CompiledConfig, "dns" | "hosts"> | undefined;
  readonly #negativeTtlSeconds: number;
  readonly #nowMs: () => number;
  #book: ZoneBook;
  #hostsKey = "";

  constructor(
    config: Pick<CompiledConfig, "dns" | "hosts"> | undefined,
    { dnsNegativeTtlSeconds }: Pick<Settings, "dnsNegativeTtlSeconds">,
    nowMs: () => number,
  ) {
    this.#config = config;
    this.#negativeTtlSeconds = dnsNegativeTtlSeconds;
    this.#nowMs = nowMs;
    this.#book = this.#made(config?.hosts ?? new Map());
  }

  /** The zones of now. */
  readonly book = (): ZoneBook => this.#book;

  /** A new state of the ledger. */
  readonly onSnapshot = ({ sites }: Pick<Snapshot, "sites">): void => {
    const hosts = new Map([...sites].map(([name, { config }]) => [name, hostsOf(config)]));
    const key = JSON.stringify([...hosts]);
    if (key === this.#hostsKey) return;
    this.#hostsKey = key;
    this.#book = this.#made(hosts);
  };

  #made(hosts: ReadonlyMap<string, readonly string[]>): ZoneBook {
    const { dns = {} } = this.#config ?? {};
    const sites = [...hosts].map(([name, list]) => ({ name, hosts: list }));
    return new ZoneBook(zonesOfConfig(dns), sites, {
      nameServers: dns.nameServers ?? [],
      hostmaster: dns.hostmaster,
      alpn: dns.alpn,
      serial: Math.floor(this.#nowMs() / 1000) >>> 0,
      ttlSeconds: NAME_SERVER_TTL_SECONDS,
      negativeTtlSeconds: this.#negativeTtlSeconds,
    });
  }
}

function hostsOf(config: unknown): readonly string[] {
  const hosts = typeof config === "object" && config !== null && "hosts" in config ? config.hosts : undefined;
  return Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : [];
}
