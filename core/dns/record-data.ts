/** Contents of records: from the text that a config holds (RFC 1035 section 5.1, RFC 3597 section 5) to bytes. */
import { parseAddress } from "../net/address.ts";
import { TYPE } from "./codes.ts";
import { nameBytes } from "./name.ts";

/** A record's content takes at most so many bytes: no answer may be made for abuse. */
export const RECORD_DATA_MAX_BYTES = 2048;

/** The content of an A or AAAA record, and which of them it is; undefined when it is no address. */
export function addressRecord(text: string): { readonly type: number; readonly data: Uint8Array } | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  return { type: address.family === 4 ? TYPE.A : TYPE.AAAA, data: Uint8Array.from(address.bytes) };
}

/** The content of a record of a type, or one sentence that says how it is written. */
export function recordData(type: number, text: string): Uint8Array | string {
  const generic = /^\\#\s+(\d{1,5})((?:\s+[0-9a-f]+)*)\s*$/i.exec(text);
  if (generic !== null) return genericData(Number(generic[1]), generic[2] ?? "");
  const words = wordsOf(text);
  if (words === undefined) return "has a quotation mark that is not closed";
  const data = READERS[type]?.(words);
  if (data !== undefined) return data.length > RECORD_DATA_MAX_BYTES ? "is longer than 2048 bytes" : data;
  return HOW[type] ?? 'is written as "\\# LENGTH HEX" for this type (RFC 3597)';
}

const HOW: Readonly<Record<number, string>> = {
  [TYPE.A]: "is an IPv4 address",
  [TYPE.AAAA]: "is an IPv6 address",
  [TYPE.NS]: "is a name",
  [TYPE.CNAME]: "is a name",
  [TYPE.PTR]: "is a name",
  [TYPE.MX]: 'is a preference and a name: "10 mail.example.com"',
  [TYPE.TXT]: 'is text, each part of at most 255 bytes: "\\"v=spf1 -all\\""',
  [TYPE.CAA]: 'is flags, tag and value: "0 issue \\"letsencrypt.org\\""',
  [TYPE.SRV]: 'is priority, weight, port and name: "10 5 443 host.example.com"',
  [TYPE.HTTPS]: 'is priority, name and parameters: "1 . alpn=h2,http/1.1"',
  [TYPE.SVCB]: 'is priority, name and parameters: "1 . alpn=h2,http/1.1"',
};

type Words = readonly string[];

const oneName = (words: Words): Uint8Array | undefined => (words.length === 1 ? nameBytes(words[0] ?? "") : undefined);

const READERS: Readonly<Record<number, (words: Words) => Uint8Array | undefined>> = {
  [TYPE.A]: (words) => addressOf(words, TYPE.A),
  [TYPE.AAAA]: (words) => addressOf(words, TYPE.AAAA),
  [TYPE.NS]: oneName,
  [TYPE.CNAME]: oneName,
  [TYPE.PTR]: oneName,
  [TYPE.MX]: ([preference, name, ...rest]) => (rest.length > 0 ? undefined : joined([u16(preference), nameOf(name)])),
  [TYPE.TXT]: (words) => (words.length === 0 ? undefined : joined(words.map(characterString))),
  [TYPE.CAA]: caa,
  [TYPE.SRV]: (words) => (words.length === 4 ? joined([...words.slice(0, 3).map(u16), nameOf(words[3])]) : undefined),
  [TYPE.HTTPS]: service,
  [TYPE.SVCB]: service,
};

function addressOf([text = "", ...rest]: Words, type: number): Uint8Array | undefined {
  const found = addressRecord(text);
  return rest.length === 0 && found?.type === type ? found.data : undefined;
}

function nameOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : nameBytes(text === "." ? "" : text);
}

function u16(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text) || Number(text) > 0xffff) return undefined;
  return Uint8Array.of(Number(text) >> 8, Number(text) & 0xff);
}

function characterString(text: string): Uint8Array | undefined {
  const bytes = utf8(text);
  return bytes.length > 255 ? undefined : Uint8Array.of(bytes.length, ...bytes);
}

/** RFC 8659 section 4.1. */
function caa([flags, tag = "", value, ...rest]: Words): Uint8Array | undefined {
  if (rest.length > 0 || value === undefined || !/^\d{1,3}$/.test(flags ?? "") || Number(flags) > 255) return undefined;
  if (!/^[a-z0-9]{1,15}$/i.test(tag)) return undefined;
  return joined([Uint8Array.of(Number(flags)), characterString(tag), utf8(value)]);
}

/** One parameter of a service record: its key (RFC 9460 section 14.3.2) and content. */
interface ServiceParameter {
  readonly key: number;
  readonly data: Uint8Array;
}

/** The content of a SVCB or HTTPS record (RFC 9460 section 2.2). */
function service([priority, target, ...words]: Words): Uint8Array | undefined {
  const parameters = words.map(serviceParameter);
  const given = parameters.flatMap((one) => one ?? []).sort((one, other) => one.key - other.key);
  const isTwice = given.some(({ key }, index) => key === given[index - 1]?.key);
  if (given.length !== words.length || isTwice || (Number(priority) === 0 && words.length > 0)) return undefined;
  return joined([u16(priority), nameOf(target), ...given.flatMap(({ key, data }) => [u16(`${key}`), sized(data)])]);
}

function sized(data: Uint8Array): Uint8Array {
  return Uint8Array.of(data.length >> 8, data.length & 0xff, ...data);
}

function serviceParameter(word: string): ServiceParameter | undefined {
  const [, name = "", value = ""] = /^([a-z0-9-]+)(?:=(.*))?$/.exec(word) ?? [];
  const list = value.split(",");
  const found = (key: number, data: Uint8Array | undefined) => (data === undefined ? undefined : { key, data });
  if (name === "alpn") return found(1, joined(list.map((id) => (id === "" ? undefined : characterString(id)))));
  if (name === "no-default-alpn") return value === "" ? { key: 2, data: new Uint8Array(0) } : undefined;
  if (name === "port") return found(3, u16(value));
  if (name === "ipv4hint") return found(4, joined(list.map((text) => addressOf([text], TYPE.A))));
  if (name === "ipv6hint") return found(6, joined(list.map((text) => addressOf([text], TYPE.AAAA))));
  return undefined;
}

function genericData(length: number, hex: string): Uint8Array | string {
  const digits = hex.replaceAll(/\s+/g, "");
  if (digits.length !== length * 2) return `has ${digits.length / 2} bytes and says that it has ${length}`;
  if (length > RECORD_DATA_MAX_BYTES) return "is longer than 2048 bytes";
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

/** Words apart by spaces; one in quotation marks may hold spaces, and with a backslash before them marks and backslashes. */
function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  const rest = text.replaceAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g, (_, quoted: string | undefined, plain: string) => {
    words.push(quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, "$1"));
    return "";
  });
  return rest.trim() === "" ? words : undefined;
}

function joined(parts: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const part of parts) {
    if (part === undefined) return undefined;
    bytes.push(...part);
  }
  return Uint8Array.from(bytes);
}

/** Bytes of a text (RFC 3629). */
function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return Uint8Array.from(bytes);
}
