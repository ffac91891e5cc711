/** Writing a DNS response: the question echoed, names compressed to it, cut to what the asker can take. */
import { scopedSubnet } from "./client-subnet.ts";
import { CLASS_IN, OPTION, TYPE } from "./codes.ts";
import { nameBytes } from "./name.ts";
import { HEADER_BYTES, type Query } from "./query.ts";

/** A record as it is written. */
export interface DnsRecord {
  /** In lower case, as `readName` gives it. */
  readonly name: string;
  readonly type: number;
  readonly ttlSeconds: number;
  /** Its content on the wire, without compression. */
  readonly data: Uint8Array;
}

/** What to answer. */
export interface Reply {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
  /** What it counts under when it is no error; undefined: with the errors. */
  readonly rateName?: string | undefined;
  /** For how many bits of the client's address the answer holds. */
  readonly scopeBits: number;
}

/** How to write it. */
export interface ReplyForm {
  /** No longer than this, in bytes. */
  readonly maxBytes: number;
  /** What we say that we can take over UDP. */
  readonly udpBytes: number;
  /** The content of the cookie option to send along. */
  readonly cookie?: Uint8Array | undefined;
  /** Says only that the answer is to be asked for over TCP. */
  readonly truncated?: boolean;
}

const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, disabled: 0x0010 };
/** A name that is the question's is a pointer to it. */
const TO_QUESTION = 0xc000 | HEADER_BYTES;

/** Writes the response to a query. */
export function writeReply(query: Query, reply: Reply, form: ReplyForm): Uint8Array {
  const options = optionsOf(query, reply, form);
  const optBytes = options === undefined ? 0 : 11 + options.length;
  const bytes = new Uint8Array(form.maxBytes);
  const writer = new Writer(bytes, form.maxBytes - optBytes);
  writer.at = HEADER_BYTES;
  writer.put(query.question);
  const counts = [0, 0, 0];
  let truncated = form.truncated === true;
  if (!truncated) {
    for (const [section, records] of [reply.answers, reply.authority].entries()) {
      for (const record of records) {
        if (writer.record(record, query)) counts[section] = (counts[section] ?? 0) + 1;
        else truncated = true;
      }
    }
    // What is only there to help is left out without a word when there is no room (RFC 2181 section 9).
    for (const record of truncated ? [] : reply.additional) {
      if (writer.record(record, query)) counts[2] = (counts[2] ?? 0) + 1;
    }
  }
  // A part of a set is of no use: the asker comes back over TCP.
  if (truncated) {
    writer.at = HEADER_BYTES + query.question.length;
    counts.fill(0);
  }
  writer.room = form.maxBytes;
  if (options !== undefined) writer.opt(form.udpBytes, reply.rcode >> 4, options);
  const flags =
    FLAG.response |
    (reply.authoritative ? FLAG.authoritative : 0) |
    (truncated ? FLAG.truncated : 0) |
    (query.recursionDesired ? FLAG.recursionDesired : 0) |
    (query.checkingDisabled ? FLAG.disabled : 0) |
    (reply.rcode & 15);
  const additionals = (counts[2] ?? 0) + (options === undefined ? 0 : 1);
  writer.header([query.id, flags, 1, counts[0] ?? 0, counts[1] ?? 0, additionals]);
  return bytes.subarray(0, writer.at);
}

/** The response to what could not be read: its id and a code, nothing else (RFC 1035 section 4.1.1). */
export function writeRefusal({ id, opcode, rcode }: { id: number; opcode: number; rcode: number }): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  new Writer(bytes, HEADER_BYTES).header([id, FLAG.response | (opcode << 11) | rcode, 0, 0, 0, 0]);
  return bytes;
}

function optionsOf({ edns }: Query, reply: Reply, { cookie }: ReplyForm): Uint8Array | undefined {
  if (edns === undefined) return undefined;
  const options: number[] = [];
  const add = (code: number, content: Uint8Array): void => {
    options.push(code >> 8, code & 0xff, content.length >> 8, content.length & 0xff, ...content);
  };
  if (edns.clientSubnet !== undefined) add(OPTION.clientSubnet, scopedSubnet(edns.clientSubnet, reply.scopeBits));
  if (cookie !== undefined) add(OPTION.cookie, cookie);
  return Uint8Array.from(options);
}

class Writer {
  at = 0;
  /** Nothing is written beyond this. */
  room: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, room: number) {
    this.#bytes = bytes;
    this.room = room;
  }

  header(words: readonly number[]): void {
    const end = Math.max(this.at, HEADER_BYTES);
    this.at = 0;
    for (const word of words) this.u16(word);
    this.at = end;
  }

  u16(value: number): void {
    this.#bytes[this.at] = value >> 8;
    this.#bytes[this.at + 1] = value;
    this.at += 2;
  }

  put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** False: there is no room for it, and nothing was written. */
  record({ name, type, ttlSeconds, data }: DnsRecord, query: Query): boolean {
    const isQuestion = name === query.name;
    const owner = isQuestion ? undefined : nameBytes(name);
    if (this.at + (owner?.length ?? 2) + 10 + data.length > this.room) return false;
    if (owner === undefined) this.u16(TO_QUESTION);
    else this.put(owner);
    this.u16(type);
    this.u16(CLASS_IN);
    this.u16(ttlSeconds >>> 16);
    this.u16(ttlSeconds & 0xffff);
    this.u16(data.length);
    this.put(data);
    return true;
  }

  opt(udpBytes: number, extendedRcode: number, options: Uint8Array): void {
    this.put(Uint8Array.of(0));
    this.u16(TYPE.OPT);
    this.u16(udpBytes);
    this.u16(extendedRcode << 8);
    this.u16(0);
    this.u16(options.length);
    this.put(options);
  }
}
