/** The PROXY protocol: every cut, every broken header, and a million bytes of noise. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import { PROXY_HEADER_MAX_BYTES, readProxyHeader } from "./proxy-protocol.ts";

const text = (line: string): Uint8Array => Uint8Array.from(line, (character) => character.charCodeAt(0));
const SIGNATURE = [...text("\r\n\r\n\0\r\nQUIT\n")];

/** A header of version 2. */
function v2(commandByte: number, familyByte: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([...SIGNATURE, commandByte, familyByte, body.length >> 8, body.length & 0xff, ...body]);
}

const PAIR4 = [192, 0, 2, 77, 203, 0, 113, 1, 0xc0, 0x01, 0x01, 0xbb];
const PAIR6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ...[0xff, 0xff, 0, 80],
];

/** With a right checksum at its end. */
function sealed(header: Uint8Array): Uint8Array {
  const body = [...header.subarray(16), 3, 0, 4, 0, 0, 0, 0];
  const whole = v2(header[12] ?? 0, header[13] ?? 0, body);
  new DataView(whole.buffer).setUint32(whole.length - 4, crc32c(whole));
  return whole;
}

const VALID: readonly [string, Uint8Array, { address: string; port: number } | undefined][] = [
  ["v1 TCP4", text("PROXY TCP4 192.0.2.77 203.0.113.1 49153 443\r\n"), { address: "192.0.2.77", port: 49_153 }],
  ["v1 TCP6", text("PROXY TCP6 2001:DB8::1 2001:db8::2 1 2\r\n"), { address: "2001:db8::1", port: 1 }],
  ["v1 TCP6, mapped", text("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n"), { address: "192.0.2.7", port: 1 }],
  ["v1 UNKNOWN", text("PROXY UNKNOWN\r\n"), undefined],
  ["v1 UNKNOWN with more", text("PROXY UNKNOWN ffff::1 ::2 65535 65535\r\n"), undefined],
  ["v2 TCP4", v2(0x21, 0x11, PAIR4), { address: "192.0.2.77", port: 49_153 }],
  ["v2 TCP6", v2(0x21, 0x21, PAIR6), { address: "2001:db8::1", port: 65_535 }],
  ["v2 with a field", v2(0x21, 0x11, [...PAIR4, 0x02, 0, 3, 97, 98, 99]), { address: "192.0.2.77", port: 49_153 }],
  ["v2 with a checksum", sealed(v2(0x21, 0x11, PAIR4)), { address: "192.0.2.77", port: 49_153 }],
  ["v2 LOCAL", v2(0x20, 0x00, []), undefined],
  ["v2 LOCAL with addresses", v2(0x20, 0x11, PAIR4), undefined],
  ["v2 UNSPEC", v2(0x21, 0x00, []), undefined],
  ["v2 UDP", v2(0x21, 0x12, PAIR4), undefined],
  ["v2 UNIX", v2(0x21, 0x31, new Array<number>(216).fill(65)), undefined],
];

describe("a header", () => {
  test.each(VALID)("%s is read, and what follows it is left", (_, header, source) => {
    const followed = Uint8Array.from([...header, ...text("GET / HTTP/1.1\r\n")]);
    expect(readProxyHeader(followed)).toEqual({ kind: "header", bytes: header.length, source });
  });

  test.each(VALID)("%s, cut anywhere, waits for more", (_, header) => {
    for (let length = 0; length < header.length; length += 1) {
      expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
  });
});

describe("a broken header ends the connection:", () => {
  test.each([
    ["a request", text("GET / HTTP/1.1\r\n")],
    ["TLS", Uint8Array.from([0x16, 3, 1])],
    ["lower case", text("proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n")],
    ["another family", text("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n")],
    ["no family", text("PROXY \r\n")],
    ["a bare line feed", text("PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n")],
    ["two spaces", text("PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n")],
    ["a missing port", text("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")],
    ["one part too many", text("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n")],
    ["IPv6 as TCP4", text("PROXY TCP4 ::1 ::1 1 1\r\n")],
    ["IPv4 as TCP6", text("PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n")],
    ["an octal address", text("PROXY TCP4 010.2.3.4 1.2.3.4 1 1\r\n")],
    ["a port out of range", text("PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n")],
    ["a port with a zero before it", text("PROXY TCP4 1.2.3.4 1.2.3.4 080 1\r\n")],
    ["a carriage return inside", text("PROXY TCP4 1.2.3.4\r1.2.3.4 1 1\r\n")],
    ["an endless line", text(`PROXY UNKNOWN ${"x".repeat(200)}\r\n`)],
    ["version 3", v2(0x31, 0x11, PAIR4)],
    ["another command", v2(0x22, 0x11, PAIR4)],
    ["another v2 family", v2(0x21, 0x41, PAIR4)],
    ["another transport", v2(0x21, 0x13, PAIR4)],
    ["cut addresses", v2(0x21, 0x11, PAIR4.slice(1))],
    ["a cut field", v2(0x21, 0x11, [...PAIR4, 2, 0, 5, 1])],
    ["a cut field head", v2(0x21, 0x11, [...PAIR4, 2, 0])],
    ["a wrong checksum", v2(0x21, 0x11, [...PAIR4, 3, 0, 4, 1, 2, 3, 4])],
    ["a short checksum", v2(0x21, 0x11, [...PAIR4, 3, 0, 2, 1, 2])],
    ["a header longer than allowed", v2(0x21, 0x11, [...PAIR4, ...new Array<number>(3_000).fill(0)])],
  ])("%s", (_, bytes) => {
    expect(readProxyHeader(bytes).kind).toBe("malformed");
  });
});

test("noise never throws, never reads past the end, never waits for more than the longest header", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 2_200 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from([...SIGNATURE, 0x21, 0x11, ...bytes])),
    fc.tuple(fc.constantFrom(...VALID), fc.nat(), fc.nat(255)).map(([[, header], at, byte]) => {
      const changed = Uint8Array.from(header);
      changed[at % changed.length] = byte;
      return changed;
    }),
    fc.string({ unit: "binary-ascii", maxLength: 150 }).map((line) => text(`PROXY ${line}`)),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      const verdict = readProxyHeader(bytes);
      if (verdict.kind === "header") expect(verdict.bytes).toBeLessThanOrEqual(bytes.length);
      if (verdict.kind === "incomplete") expect(bytes.length).toBeLessThan(PROXY_HEADER_MAX_BYTES);
    }),
    { numRuns: 5_000 },
  );
});

test("the checksum is CRC-32C", () => {
  expect(crc32c(text("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});
