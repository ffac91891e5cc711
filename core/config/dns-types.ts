/** The plain types of `dns` in the config: the zones that routers answer for. */

/** What routers answer as name servers. */
export interface DnsConfig {
  readonly nameServers?: readonly string[];
  readonly hostmaster?: string;
  readonly alpn?: readonly string[];
  readonly zones?: Readonly<Record<string, DnsZoneConfig>>;
}

/** One zone. What it does not say is taken from above it. */
export interface DnsZoneConfig {
  readonly nameServers?: readonly string[];
  readonly hostmaster?: string;
  readonly alpn?: readonly string[];
  readonly records?: readonly DnsRecordConfig[];
}

/** A record that stands in a zone as it is. */
export interface DnsRecordConfig {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds?: number;
  readonly data: string;
}
