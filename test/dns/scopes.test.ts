/** A resolver that caches answers by the scope they come with: nobody gets what was meant for others (RFC 7871 section 7.3). */
import type { Packet } from "dns-packet";
import { encode } from "dns-packet";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DnsServer } from "../../core/dns/dns-server.ts";
import { prefixKeyOf } from "../../core/route/group-key.ts";
import { decode, opt, zones } from "./name-server.ts";

/** Every network has an address of its own, so that an answer says whom it was made for. */
function addressFor(clientAddress: string): string {
  const key = prefixKeyOf(clientAddress) ?? 0;
  return `10.${(key >> 16) & 255}.${(key >> 8) & 255}.${key & 255}`;
}

function server(scopeBits: number): DnsServer {
  return new DnsServer({
    zones: () => zones,
    route: (clientAddress) => () => ({ addresses: [addressFor(clientAddress)], scopeBits, ttlSeconds: 20 }),
    rates: { dnsAnswersPerPrefixPerSecond: 0, dnsErrorsPerPrefixPerSecond: 0 },
    udpMaxBytes: 1232,
    secrets: () => ({ current: new Uint8Array(16) }),
  });
}

interface Cached {
  readonly network: string;
  readonly bits: number;
  readonly answer: string;
}

/** The first bits of an IPv4 address. */
function networkOf(address: string, bits: number): string {
  const all = address.split(".").reduce((text, part) => text + Number(part).toString(2).padStart(8, "0"), "");
  return all.slice(0, bits);
}

/** Sends `sourceBits` of its clients' addresses, and keeps what it hears for all clients inside the answer's scope. */
class CachingResolver {
  readonly #server: DnsServer;
  readonly #cache: Cached[] = [];

  constructor(server: DnsServer) {
    this.#server = server;
  }

  lookup(client: string, sourceBits: number): { readonly answer: string; readonly wasCached: boolean } {
    const known = this.#cache.find(({ network, bits }) => bits <= sourceBits && networkOf(client, bits) === network);
    if (known !== undefined) return { answer: known.answer, wasCached: true };
    const ip = networkAddress(client, sourceBits);
    const subnet = { code: "CLIENT_SUBNET", family: 1, sourcePrefixLength: sourceBits, scopePrefixLength: 0, ip };
    const query = {
      type: "query",
      id: 1,
      questions: [{ name: "www.shop.test", type: "A" }],
      additionals: opt([subnet]),
    };
    const bytes = encode(query as Packet);
    const { reply } = this.#server.answer({ bytes, address: "198.18.0.1", transport: "udp" }, 0);
    const packet = decode(reply ?? new Uint8Array(0));
    const [edns] = packet.additionals ?? [];
    const option = edns?.type === "OPT" ? edns.options?.find(({ code }) => Number(code) === 8) : undefined;
    const scopeBits = option !== undefined && "scopePrefixLength" in option ? (option.scopePrefixLength ?? 0) : 0;
    const [record] = packet.answers ?? [];
    const answer = record?.type === "A" ? record.data : "none";
    // A scope longer than the source: it holds for the source alone (RFC 7871 section 7.3.1).
    const bits = Math.min(scopeBits, sourceBits);
    this.#cache.push({ network: networkOf(client, bits), bits, answer });
    return { answer, wasCached: false };
  }
}

function networkAddress(client: string, bits: number): string {
  const text = networkOf(client, bits).padEnd(32, "0");
  return [0, 8, 16, 24].map((at) => Number.parseInt(text.slice(at, at + 8), 2)).join(".");
}

/** Few networks, near each other, so that mistakes meet. */
const clients = fc.array(
  fc.tuple(fc.constantFrom("20.1.2", "20.1.3", "20.1.130", "20.2.2", "21.1.2"), fc.integer({ min: 1, max: 254 })),
  { minLength: 2, maxLength: 40 },
);

test("clients of one network may share an answer, and no others get it", () => {
  fc.assert(
    fc.property(clients, (list) => {
      const resolver = new CachingResolver(server(24));
      for (const [network, host] of list) {
        const client = `${network}.${host}`;
        expect(resolver.lookup(client, 24).answer).toBe(addressFor(client));
      }
    }),
  );
});

test("the check would notice a scope that is too wide", () => {
  const resolver = new CachingResolver(server(16));
  resolver.lookup("20.1.2.1", 24);
  expect(resolver.lookup("20.1.3.1", 24)).toEqual({ answer: addressFor("20.1.2.1"), wasCached: true });
});

test("a resolver that tells less of its clients shares answers among those it cannot tell apart only", () => {
  const resolver = new CachingResolver(server(24));
  expect(resolver.lookup("20.1.2.1", 16).wasCached).toBe(false);
  expect(resolver.lookup("20.1.3.1", 16).wasCached).toBe(true);
  expect(resolver.lookup("20.2.2.1", 16).wasCached).toBe(false);
});
