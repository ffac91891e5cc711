/** What a name server says to what comes: pure, so that the wire, the clock and chance are others' business. */
import { RCODE } from "./codes.ts";
import { type CookieSecrets, cookieFor, isOurCookie } from "./cookie.ts";
import { type Query, readQuery } from "./query.ts";
import { type Reply, writeRefusal, writeReply } from "./reply.ts";
import { type RouteAddresses, resolve, typeLabel } from "./resolve.ts";
import { ResponseRate, type ResponseRates } from "./response-rate.ts";
import type { ZoneBook } from "./zone.ts";

/** What came, and how. */
export interface DnsMessage {
  readonly bytes: Uint8Array;
  /** Of whoever asks: usually a resolver. */
  readonly address: string;
  readonly transport: "udp" | "tcp";
}

/** What became of it. */
export interface DnsOutcome {
  /** Undefined: nothing is to be sent. */
  readonly reply: Uint8Array | undefined;
  /** For counting: `noerror`, `nxdomain` … or why nothing, or only a part, was said. */
  readonly result: DnsResult;
  readonly type: string;
}

/** The results, in the order of the metrics. */
export const DNS_RESULTS = [
  ...["noerror", "nodata", "nxdomain", "refused", "formerr", "notimp", "badvers", "servfail"],
  ...["truncated", "rate-truncated", "rate-dropped", "dropped"],
] as const;

/** One of them. */
export type DnsResult = (typeof DNS_RESULTS)[number];

/** What a server is made of. */
export interface DnsServerOptions {
  /** Called for each query, as sites and config change. */
  zones(): ZoneBook;
  /** Chooses edges for a client of this address. */
  route(clientAddress: string, nowMs: number): RouteAddresses;
  readonly rates: ResponseRates;
  readonly udpMaxBytes: number;
  secrets(nowMs: number): CookieSecrets;
}

const [UDP_MIN_BYTES, TCP_MAX_BYTES] = [512, 65_535];
const RESULT_OF_CODE: Readonly<Record<number, DnsResult>> = {
  [RCODE.noError]: "noerror",
  [RCODE.formErr]: "formerr",
  [RCODE.servFail]: "servfail",
  [RCODE.nxDomain]: "nxdomain",
  [RCODE.notImp]: "notimp",
  [RCODE.refused]: "refused",
  [RCODE.badVers]: "badvers",
};

/** Lives as long as the listener; remembers how much it says to whom. */
export class DnsServer {
  readonly #options: DnsServerOptions;
  readonly #rate: ResponseRate;

  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#rate = new ResponseRate(options.rates);
  }

  /** Answers one message. */
  answer(message: DnsMessage, nowMs: number): DnsOutcome {
    const asked = readQuery(message.bytes);
    if (asked.kind === "drop") return { reply: undefined, result: "dropped", type: "none" };
    if (asked.kind === "bad") return this.#refuse(message, asked, nowMs);
    const { query } = asked;
    const reply = resolve(query, this.#options.zones(), this.#options.route(clientOf(query, message), nowMs));
    return this.#formed(message, query, reply, nowMs);
  }

  #refuse(message: DnsMessage, bad: { id: number; opcode: number; rcode: number }, nowMs: number): DnsOutcome {
    const isUdp = message.transport === "udp";
    // There is no question to which a truncated answer could belong.
    if (isUdp && this.#rate.judge(message.address, undefined, nowMs) !== "send") {
      return { reply: undefined, result: "rate-dropped", type: "none" };
    }
    return { reply: writeRefusal(bad), result: resultOf(bad.rcode), type: "none" };
  }

  #formed({ address, transport }: DnsMessage, query: Query, reply: Reply, nowMs: number): DnsOutcome {
    const { udpMaxBytes } = this.#options;
    const secrets = query.edns?.cookie === undefined ? undefined : this.#options.secrets(nowMs);
    const cookie = secrets && query.edns?.cookie && cookieFor(query.edns.cookie, address, secrets, nowMs);
    const isKnown = secrets !== undefined && isOurCookie(query.edns?.cookie ?? NOTHING, address, secrets, nowMs);
    const type = typeLabel(query.type);
    const asksBytes = Math.max(UDP_MIN_BYTES, query.edns?.udpBytes ?? 0);
    const maxBytes = transport === "tcp" ? TCP_MAX_BYTES : Math.min(asksBytes, udpMaxBytes);
    const form = { maxBytes, udpBytes: udpMaxBytes, cookie };
    if (transport === "udp" && !isKnown) {
      const name = reply.rcode === RCODE.noError ? reply.rateName : undefined;
      const verdict = this.#rate.judge(address, name, nowMs);
      if (verdict === "drop") return { reply: undefined, result: "rate-dropped", type };
      if (verdict === "truncate") {
        return { reply: writeReply(query, reply, { ...form, truncated: true }), result: "rate-truncated", type };
      }
    }
    const bytes = writeReply(query, reply, form);
    return { reply: bytes, result: ((bytes[2] ?? 0) & 2) === 0 ? plainResult(reply) : "truncated", type };
  }
}

const NOTHING = new Uint8Array(0);

/** Whose place counts: the client's, as far as its resolver tells of it, else the resolver's own (RFC 7871 section 7.1.3). */
function clientOf({ edns }: Query, { address }: DnsMessage): string {
  const subnet = edns?.clientSubnet;
  return subnet === undefined || subnet.sourceBits === 0 ? address : subnet.address;
}

function plainResult({ rcode, answers, authority, authoritative }: Reply): DnsResult {
  // A referral has no answer either, and is one.
  const isEmpty = authoritative && rcode === RCODE.noError && answers.length === 0 && authority.length > 0;
  return isEmpty ? "nodata" : resultOf(rcode);
}

function resultOf(rcode: number): DnsResult {
  return RESULT_OF_CODE[rcode] ?? "servfail";
}
