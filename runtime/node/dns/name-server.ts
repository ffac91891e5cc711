/** A name server on Node: the pure server, its sockets, its secrets, its counts. */
import { createHmac, randomBytes } from "node:crypto";
import type { CookieSecrets } from "../../../core/dns/cookie.ts";
import { DNS_RESULTS, type DnsOutcome, DnsServer } from "../../../core/dns/dns-server.ts";
import type { RouteAddresses } from "../../../core/dns/resolve.ts";
import type { ZoneBook } from "../../../core/dns/zone.ts";
import type { Sample } from "../../../core/metrics/metrics-text.ts";
import { systemClock } from "../clock.ts";
import type { HostPort } from "../listen-both.ts";
import { type DnsListener, listenDns } from "./dns-listener.ts";

/** The settings of a name server. */
export interface DnsLimits {
  readonly dnsUdpMaxBytes: number;
  readonly dnsAnswersPerPrefixPerSecond: number;
  readonly dnsErrorsPerPrefixPerSecond: number;
  readonly dnsTcpConnectionsMax: number;
  readonly dnsTcpConnectionsPerIpMax: number;
  readonly dnsTcpIdleMs: number;
}

/** What it is started with. */
export interface DnsNodeOptions extends HostPort {
  readonly reusePort: boolean;
  readonly limits: DnsLimits;
  /** Chooses edges for a client. */
  route(clientAddress: string, nowMs: number): RouteAddresses;
  zones(): ZoneBook;
  onError(error: unknown): void;
}

/** A running name server of a router. */
export interface RunningDns {
  readonly address: HostPort;
  samples(): Sample[];
  close(): Promise<void>;
}

/** The secret of the cookies changes this often; those of the one before are known as well. */
const SECRET_MS = 3_600_000;

/** Starts it. Rejects with a `ListenError` when it cannot listen. */
export async function startDns(options: DnsNodeOptions): Promise<RunningDns> {
  const { limits, zones } = options;
  const server = new DnsServer({
    zones,
    route: (address, nowMs) => options.route(address, nowMs),
    rates: limits,
    udpMaxBytes: limits.dnsUdpMaxBytes,
    secrets: rotatingSecrets(),
  });
  const counts = new Map<string, number>();
  const listener: DnsListener = await listenDns({
    ...{ host: options.host, port: options.port, reusePort: options.reusePort, tcp: limits, onError: options.onError },
    answer: (message) => server.answer(message, systemClock.nowMs()),
    onOutcome: ({ result, type }, transport) => {
      const key = `${result} ${type} ${transport}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
  });
  return {
    address: listener.address,
    close: () => listener.close(),
    samples: () => [
      ...samplesOf(counts),
      { metric: "antipode_dns_connections", labels: {}, value: listener.connections() },
      { metric: "antipode_dns_zones", labels: {}, value: zones().size },
    ],
  };
}

function samplesOf(counts: ReadonlyMap<string, number>): Sample[] {
  const known: ReadonlySet<string> = new Set<DnsOutcome["result"]>(DNS_RESULTS);
  return [...counts].flatMap(([key, value]) => {
    const [result = "", qtype = "", transport = ""] = key.split(" ");
    const labels = { result, qtype, transport };
    return known.has(result) ? [{ metric: "antipode_dns_queries_total", labels, value } as const] : [];
  });
}

/** Made of one secret that this process never tells and the hour. */
function rotatingSecrets(): (nowMs: number) => CookieSecrets {
  const base = randomBytes(32);
  const of = (period: number) => createHmac("sha256", base).update(`${period}`).digest().subarray(0, 16);
  let made: { readonly period: number; readonly secrets: CookieSecrets } | undefined;
  return (nowMs) => {
    const period = Math.floor(nowMs / SECRET_MS);
    if (made?.period !== period) made = { period, secrets: { current: of(period), previous: of(period - 1) } };
    return made.secrets;
  };
}
