/** One DNS query (RFC 1035 section 4, RFC 6891): read strictly; what is wrong with it is said by a response code. */
import { type ClientSubnet, readClientSubnet } from "./client-subnet.ts";
import { OPTION, RCODE, TYPE } from "./codes.ts";
import { readName } from "./name.ts";

/** What EDNS says. */
export interface Edns {
  readonly version: number;
  /** What the asker can take over UDP, in bytes. */
  readonly udpBytes: number;
  readonly clientSubnet?: ClientSubnet;
  /** The content of the cookie option (RFC 7873): 8 bytes of the client, then what we gave it. */
  readonly cookie?: Uint8Array;
}

/** A query that can be answered. */
export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** In lower case, see `readName`. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The bytes of the question, to be echoed as they came: resolvers compare the case of letters. */
  readonly question: Uint8Array;
  readonly edns: Edns | undefined;
}

/** What came: a query; or something to be refused by a response code; or nothing that may be answered. */
export type Asked =
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "bad"; readonly id: number; readonly opcode: number; readonly rcode: number }
  | { readonly kind: "drop" };

/** The header's length in bytes. */
export const HEADER_BYTES = 12;
/** A query takes no more than this; what is longer is none. */
const QUERY_MAX_BYTES = 4096;
/** Options of one query; more are not read, and the query is refused. */
const OPTIONS_MAX = 32;
const DROP: Asked = { kind: "drop" };

/** Reads what came in one datagram, or between two lengths on a connection. */
export function readQuery(bytes: Uint8Array): Asked {
  if (bytes.length < HEADER_BYTES || bytes.length > QUERY_MAX_BYTES) return DROP;
  const [id, flags] = [u16(bytes, 0), u16(bytes, 2)];
  // An answer to an answer would go on for ever.
  if ((flags & 0x8000) !== 0) return DROP;
  const opcode = (flags >> 11) & 15;
  const bad = (rcode: number): Asked => ({ kind: "bad", id, opcode, rcode });
  if (opcode !== 0) return bad(RCODE.notImp);
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => u16(bytes, at));
  if (questions !== 1 || answers !== 0 || authorities !== 0 || (additionals ?? 0) > 1) return bad(RCODE.formErr);
  const name = readName(bytes, HEADER_BYTES);
  if (name === undefined || name.endAt + 4 > bytes.length) return bad(RCODE.formErr);
  const endAt = name.endAt + 4;
  const edns = additionals === 1 ? readEdns(bytes, endAt) : undefined;
  if (edns === null || (additionals === 0 && endAt !== bytes.length)) return bad(RCODE.formErr);
  return {
    kind: "query",
    query: {
      ...{ id, edns, name: name.text },
      recursionDesired: (flags & 0x0100) !== 0,
      checkingDisabled: (flags & 0x0010) !== 0,
      type: u16(bytes, name.endAt),
      class: u16(bytes, name.endAt + 2),
      question: bytes.slice(HEADER_BYTES, endAt),
    },
  };
}

/** The one additional record that a query may have: OPT of the root, to the end of the message. Null: it is not that. */
function readEdns(bytes: Uint8Array, at: number): Edns | null {
  if (at + 11 > bytes.length || bytes[at] !== 0 || u16(bytes, at + 1) !== TYPE.OPT) return null;
  const length = u16(bytes, at + 9);
  if (at + 11 + length !== bytes.length) return null;
  const about = { udpBytes: u16(bytes, at + 3), version: bytes[at + 6] ?? 0 };
  // Options of a version that is not known here are not read: the answer is BADVERS (RFC 6891 section 6.1.3).
  if (about.version !== 0) return about;
  const options = readOptions(bytes, at + 11);
  return options === null ? null : { ...about, ...options };
}

function readOptions(bytes: Uint8Array, startAt: number): Pick<Edns, "clientSubnet" | "cookie"> | null {
  let found: Pick<Edns, "clientSubnet" | "cookie"> = {};
  let at = startAt;
  for (let count = 0; at < bytes.length; count += 1) {
    if (count === OPTIONS_MAX || at + 4 > bytes.length) return null;
    const code = u16(bytes, at);
    const endAt = at + 4 + u16(bytes, at + 2);
    if (endAt > bytes.length) return null;
    const content = bytes.subarray(at + 4, endAt);
    at = endAt;
    if (code === OPTION.clientSubnet) {
      const clientSubnet = readClientSubnet(content);
      if (clientSubnet === undefined || found.clientSubnet !== undefined) return null;
      found = { ...found, clientSubnet };
    } else if (code === OPTION.cookie && found.cookie === undefined) {
      // RFC 7873 section 5.2.2: 8 bytes of the client, and 8 to 32 of the server or none.
      const isCookie = content.length === 8 || (content.length >= 16 && content.length <= 40);
      if (!isCookie) return null;
      found = { ...found, cookie: Uint8Array.from(content) };
    }
  }
  return found;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
