/** A name server of two zones to be asked, and its answers read by another implementation of the format. */
import { type DecodedPacket, encode, type Packet, decode as read } from "dns-packet";
import { DnsServer } from "../../core/dns/dns-server.ts";
import type { RouteAddresses } from "../../core/dns/resolve.ts";
import { ZoneBook } from "../../core/dns/zone.ts";
import { zonesOfConfig } from "../../core/dns/zones-of-config.ts";

const NAME_SERVERS = ["ns1.cdn.test", "ns2.cdn.test"];
/** The zones of the server. */
export const zones = new ZoneBook(
  zonesOfConfig({
    nameServers: NAME_SERVERS,
    hostmaster: "ops.team@cdn.test",
    zones: {
      "cdn.test": {
        alpn: ["h2"],
        records: [
          { name: "ns1", type: "A", data: "192.0.2.53" },
          { name: "@", type: "TXT", data: "hello" },
          { name: "a.b", type: "TXT", data: "deep" },
          { name: "alias", type: "CNAME", data: "shop.cdn.test" },
          { name: "away", type: "CNAME", data: "elsewhere.example" },
          { name: "round", type: "CNAME", data: "round.cdn.test" },
          { name: "child", type: "NS", data: "ns.child.cdn.test" },
          { name: "ns.child", type: "A", data: "192.0.2.77" },
          ...Array.from({ length: 60 }, (_, index) => ({
            name: "big",
            type: "TXT",
            data: `"${index} ${"x".repeat(40)}"`,
          })),
        ],
      },
    },
  }),
  [{ name: "shop", hosts: ["www.shop.test", "*.img.shop.test", "localhost:8080", "*"] }],
  {
    nameServers: NAME_SERVERS,
    hostmaster: undefined,
    alpn: undefined,
    serial: 7,
    ttlSeconds: 3600,
    negativeTtlSeconds: 60,
  },
);

const NO_LIMIT = { dnsAnswersPerPrefixPerSecond: 0, dnsErrorsPerPrefixPerSecond: 0 };
/** Clients of 10.0.0.0/8 are near the first edge, others near the second; nobody has IPv6, of which an answer says 0 as a router's does. */
const byNetwork = (clientAddress: string): RouteAddresses => {
  const addresses = clientAddress.startsWith("10.") ? ["192.0.2.1", "192.0.2.2"] : ["192.0.2.2", "192.0.2.1"];
  return (host, family) => ({
    addresses: family === 4 ? [host === "closed.shop.test" ? [] : addresses].flat() : [],
    scopeBits: 24,
    ttlSeconds: family === 4 ? 20 : 0,
  });
};

/** Its types leave the response code out. */
export const decode = (bytes: Uint8Array) => read(Buffer.from(bytes)) as DecodedPacket & { readonly rcode: string };

/** One whose edges are near or far by the network of who asks. */
export function server(rates = NO_LIMIT) {
  return new DnsServer({
    zones: () => zones,
    route: byNetwork,
    rates,
    udpMaxBytes: 1232,
    secrets: () => ({ current: new Uint8Array(16) }),
  });
}

interface Ask {
  readonly from?: string;
  readonly transport?: "udp" | "tcp";
  readonly flags?: number;
  readonly additionals?: Packet["additionals"];
}

/** Asks it. */
export function ask(
  name: string,
  type: string,
  { from = "10.0.0.1", transport = "udp", flags = 0, additionals }: Ask = {},
) {
  const packet = { type: "query", id: 77, flags, questions: [{ name, type }], additionals } as Packet;
  const outcome = server().answer({ bytes: encode(packet), address: from, transport }, 0);
  return { outcome, packet: outcome.reply && decode(outcome.reply) };
}

/** The additional section of a query with EDNS. */
export const opt = (options: object[] = [], udpPayloadSize = 4096) =>
  [{ type: "OPT", name: ".", udpPayloadSize, flags: 0, options }] as Packet["additionals"];

/** The records of a section, one line each. */
export function data(
  packet: DecodedPacket | undefined,
  section: "answers" | "authorities" | "additionals" = "answers",
) {
  return (packet?.[section] ?? []).flatMap((one) =>
    one.type === "OPT"
      ? []
      : [
          `${one.name} ${one.type} ${String("data" in one ? (typeof one.data === "object" && !Array.isArray(one.data) && !Buffer.isBuffer(one.data) ? JSON.stringify(one.data) : one.data) : "")}`,
        ],
  );
}
