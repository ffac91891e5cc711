/** Mutants of real DNS queries: bytes changed, dropped, doubled, cut, two messages in one; and what must hold for each. */
import { encode, type Packet } from "dns-packet";
import type { DnsServer } from "../../core/dns/dns-server.ts";
import { SeededRandom } from "../../router/simulate/random.ts";
import { opt, server } from "./name-server.ts";

const NAMES = ["www.shop.test", "shop.cdn.test", "cdn.test", "alias.cdn.test", "nope.cdn.test", "big.cdn.test", "."];
const TYPES = ["A", "AAAA", "TXT", "NS", "SOA", "CAA", "MX", "SRV", "ANY", "AXFR", "CNAME", "UNKNOWN_65"];
const subnet = { code: "CLIENT_SUBNET", family: 1, sourcePrefixLength: 24, scopePrefixLength: 0, ip: "10.1.2.0" };
const cookie = { code: 10, data: Buffer.alloc(24, 7) };

const QUERIES: readonly Uint8Array[] = NAMES.flatMap((name) =>
  TYPES.flatMap((type) =>
    [undefined, opt(), opt([subnet]), opt([cookie, subnet])].map((additionals) =>
      encode({ type: "query", id: 258, flags: 0x100, questions: [{ name, type }], additionals } as Packet),
    ),
  ),
);

/** Longest answers, by how they were asked for. */
const MAX_BYTES = { udp: 1232, tcp: 65_535 } as const;
const one: DnsServer = server();

/** The bytes of one. */
export function dnsMutant(seed: number): Uint8Array {
  return mutantOf(new SeededRandom(seed));
}

/** Throws when a mutant is answered wrongly: too long, as a query, under another id, or at all when it is no query. */
export function checkDnsMutant(seed: number): void {
  const random = new SeededRandom(seed);
  const bytes = mutantOf(random);
  const transport = random.below(2) === 0 ? "udp" : "tcp";
  const { reply } = one.answer({ bytes, address: "10.0.0.1", transport }, seed);
  if (reply === undefined) return;
  const [high, low, flags = 0] = reply;
  if (reply.length > MAX_BYTES[transport]) throw new Error(`${reply.length} bytes over ${transport}`);
  if (reply.length < 12 || (flags & 0x80) === 0) throw new Error("no answer, although something is sent");
  if (high !== bytes[0] || low !== bytes[1]) throw new Error("the id of nobody");
  if (((bytes[2] ?? 0) & 0x80) !== 0) throw new Error("an answer to an answer");
}

function mutantOf(random: SeededRandom): Uint8Array {
  let bytes = Array.from(QUERIES[random.below(QUERIES.length)] ?? []);
  const changes = 1 + random.below(4);
  for (let change = 0; change < changes; change += 1) {
    const at = random.below(bytes.length + 1);
    switch (random.below(7)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = random.below(256);
        break;
      case 1:
        bytes.splice(at, 1);
        break;
      case 2:
        bytes.splice(at, 0, random.below(256));
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + random.below(40)));
        break;
      case 5:
        bytes.splice(at, 2, 0xc0, random.below(64));
        break;
      default:
        bytes = [...bytes, ...(QUERIES[random.below(QUERIES.length)] ?? [])].slice(0, 600);
    }
    if (bytes.length === 0) bytes = [random.below(256)];
  }
  return Uint8Array.from(bytes);
}
