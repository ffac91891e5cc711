/** From `dns` in the config to zones with their records in bytes. */
import type { DnsConfig } from "../config/dns-types.ts";
import { typeNumber } from "./codes.ts";
import { recordData } from "./record-data.ts";
import type { DnsRecord } from "./reply.ts";
import type { ZoneConfig } from "./zone.ts";

/** Of records that do not say how long they may be kept. */
const TTL_SECONDS = 300;

/** The zones of a config that has been checked. */
export function zonesOfConfig({ zones = {}, ...common }: DnsConfig): ZoneConfig[] {
  return Object.entries(zones).map(([name, zone]) => {
    const apex = name.replace(/\.$/, "");
    const records = (zone.records ?? []).map((record): DnsRecord => {
      const type = typeNumber(record.type) ?? 0;
      const data = recordData(type, record.data);
      if (typeof data === "string") throw new Error(`a record that was checked ${data}`);
      const owner = record.name === "@" ? apex : `${record.name}.${apex}`;
      return { name: owner, type, ttlSeconds: record.ttlSeconds ?? TTL_SECONDS, data };
    });
    return {
      ...{ apex, records },
      nameServers: zone.nameServers ?? common.nameServers ?? [],
      hostmaster: zone.hostmaster ?? common.hostmaster,
      alpn: zone.alpn ?? common.alpn,
    };
  });
}
