/** Contents of records as people write them, read back by another implementation. */
import { type DecodedPacket, decode } from "dns-packet";
import { expect, test } from "vitest";
import { typeNumber } from "./codes.ts";
import { nameBytes } from "./name.ts";
import { recordData } from "./record-data.ts";
import { writeReply } from "./reply.ts";

function readBack(type: string, data: Uint8Array): unknown {
  const question = Uint8Array.from([...(nameBytes("x.test") ?? []), 0, 1, 0, 1]);
  const query = {
    id: 1,
    recursionDesired: false,
    checkingDisabled: false,
    name: "x.test",
    type: 1,
    class: 1,
    question,
    edns: undefined,
  };
  const record = { name: "x.test", type: typeNumber(type) ?? 0, ttlSeconds: 60, data };
  const reply = { rcode: 0, authoritative: true, answers: [record], authority: [], additional: [], scopeBits: 0 };
  const packet: DecodedPacket = decode(Buffer.from(writeReply(query, reply, { maxBytes: 4096, udpBytes: 1232 })));
  const [answer] = packet.answers ?? [];
  return answer !== undefined && "data" in answer ? answer.data : undefined;
}

test.each([
  ["A", "192.0.2.1", "192.0.2.1"],
  ["AAAA", "2001:db8::1", "2001:db8::1"],
  ["CNAME", "www.example.com", "www.example.com"],
  ["NS", "ns1.example.com.", "ns1.example.com"],
  ["MX", "10 mail.example.com", { preference: 10, exchange: "mail.example.com" }],
  ["TXT", '"v=spf1 -all" second', [Buffer.from("v=spf1 -all"), Buffer.from("second")]],
  ["TXT", '"say \\"hi\\""', [Buffer.from('say "hi"')]],
  ["CAA", '0 issue "letsencrypt.org"', { flags: 0, tag: "issue", value: "letsencrypt.org", issuerCritical: false }],
  ["SRV", "10 5 443 host.example.com", { priority: 10, weight: 5, port: 443, target: "host.example.com" }],
])("%s %s is read back as it was meant", (type, text, meant) => {
  const data = recordData(typeNumber(type) ?? 0, text);
  expect(data).toBeInstanceOf(Uint8Array);
  if (data instanceof Uint8Array) expect(readBack(type, data)).toEqual(meant);
});

test.each([
  ["A", "2001:db8::1", "is an IPv4 address"],
  ["AAAA", "192.0.2.1", "is an IPv6 address"],
  ["MX", "mail.example.com", "is a preference and a name"],
  ["TXT", '"open', "quotation mark that is not closed"],
  ["TXT", `"${"x".repeat(256)}"`, "at most 255 bytes"],
  ["CAA", "issue letsencrypt.org", "flags, tag and value"],
  ["SRV", "10 5 70000 host.example.com", "priority, weight, port and name"],
  ["HTTPS", "1 . colour=red", "priority, name and parameters"],
  ["HTTPS", "1 . port=1 port=2", "priority, name and parameters"],
  ["TYPE999", "plain words", "LENGTH HEX"],
  ["TYPE999", "\\# 3 0102", "has 2 bytes and says that it has 3"],
  ["CNAME", `${"a".repeat(64)}.example.com`, "is a name"],
])("%s %s is refused with how it is written", (type, text, sentence) => {
  expect(recordData(typeNumber(type) ?? 0, text)).toContain(sentence);
});

test("any type can be written as bytes (RFC 3597)", () => {
  expect(recordData(999, "\\# 4 C0 00 0201")).toEqual(Uint8Array.of(0xc0, 0, 2, 1));
  expect(recordData(1, "\\# 4 c0000201")).toEqual(Uint8Array.of(192, 0, 2, 1));
});

test("parameters of a service record stand in the order of their numbers (RFC 9460 section 2.2)", () => {
  const data = recordData(typeNumber("HTTPS") ?? 0, "1 . ipv4hint=192.0.2.1 alpn=h2,http/1.1");
  const expected = [0, 1, 0, 0, 1, 0, 12, 2, 0x68, 0x32, 8, ...Buffer.from("http/1.1"), 0, 4, 0, 4, 192, 0, 2, 1];
  expect(data).toEqual(Uint8Array.from(expected));
});
