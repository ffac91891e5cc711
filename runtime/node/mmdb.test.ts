/** MaxMind DB files, made here byte by byte: all record sizes, both families, pointers, and damage. */
import { describe, expect, test } from "vitest";
import { MmdbProvider } from "./mmdb.ts";

type Plain = string | number | { readonly double: number } | { readonly [key: string]: Plain };

/** A value in the format; numbers are of 32 bits. */
function encoded(value: Plain): Buffer {
  if (typeof value === "string") return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(5);
    bytes.writeUInt8((6 << 5) | 4);
    bytes.writeUInt32BE(value, 1);
    return bytes;
  }
  if ("double" in value) {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8((3 << 5) | 8);
    bytes.writeDoubleBE(Number(value.double), 1);
    return bytes;
  }
  const members = Object.entries(value);
  return Buffer.concat([
    Buffer.from([(7 << 5) | members.length]),
    ...members.flatMap(([key, one]) => [encoded(key), encoded(one)]),
  ]);
}

/** A file in which addresses whose first bits are `bits` have a record, reached by a pointer, and no others have. */
function fileOf(bits: string, recordBits: number, version: number, value: Plain, base = 0): Buffer {
  const data = encoded(value);
  const pointer = Buffer.from([1 << 5, 2]);
  const nodes = bits.length;
  const tree = [...bits].map((bit, node) => {
    const next = node === nodes - 1 ? nodes + 16 : node + 1;
    const sides = bit === "0" ? [next, nodes] : [nodes, next];
    const [left = 0, right = 0] = sides;
    const bytes = Buffer.alloc(recordBits / 4);
    if (recordBits === 32) {
      bytes.writeUInt32BE(left, 0);
      bytes.writeUInt32BE(right, 4);
    } else {
      bytes.writeUIntBE(left & 0xffffff, 0, 3);
      bytes.writeUIntBE(right & 0xffffff, recordBits / 8 + (recordBits === 28 ? 0.5 : 0), 3);
    }
    return bytes;
  });
  const metadata = encoded({
    ...{ binary_format_major_version: 2, node_count: nodes + base, record_size: recordBits, ip_version: version },
  });
  const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
  return Buffer.concat([...tree, Buffer.alloc(16), pointer, data, marker, metadata]);
}

const FRANKFURT = {
  city: { geoname_id: 1 },
  country: { iso_code: "DE" },
  location: { latitude: { double: 50.1 }, longitude: { double: 8.7 }, accuracy_radius: 20 },
};
/** 192.0.0.0/8. */
const NET = "11000000";

describe("a MaxMind DB file", () => {
  test.each([24, 28, 32])("of IPv4, records of %i bits", (recordBits) => {
    const provider = new MmdbProvider(fileOf(NET, recordBits, 4, FRANKFURT));
    expect(provider.locate("192.0.2.1")).toEqual({ at: [50.1, 8.7], country: "DE", areaKm: 20 });
    expect(provider.locate("193.0.2.1")).toBeUndefined();
    expect(provider.locate("2001:db8::1")).toBeUndefined();
    expect(provider.locate("nonsense")).toBeUndefined();
  });

  test("of IPv6 holds IPv4 addresses below 96 zero bits", () => {
    const provider = new MmdbProvider(fileOf("0".repeat(96) + NET, 28, 6, FRANKFURT));
    expect(provider.locate("192.0.2.1")?.country).toBe("DE");
    expect(provider.locate("::ffff:192.0.2.1")?.country).toBe("DE");
    expect(provider.locate("2001:db8::1")).toBeUndefined();
    const v6 = new MmdbProvider(fileOf("0010000000000001", 24, 6, FRANKFURT));
    expect([v6.locate("2001:db8::1")?.country, v6.locate("192.0.2.1")]).toEqual(["DE", undefined]);
  });

  test("says how exact a place is: by its radius, else as a city's or a country's", () => {
    const location = { latitude: { double: 50 }, longitude: { double: 8 } };
    const at = (record: Plain) => new MmdbProvider(fileOf(NET, 24, 4, record)).locate("192.0.2.1")?.areaKm;
    expect([at({ location, city: {} }), at({ location }), at({ country: { iso_code: "DE" } })]).toEqual([
      50,
      1_000,
      undefined,
    ]);
  });

  test("that is damaged is refused, or knows nothing where it is", () => {
    expect(() => new MmdbProvider(Buffer.from("hello"))).toThrow(/no MaxMind DB file/);
    expect(() => new MmdbProvider(fileOf(NET, 24, 4, FRANKFURT, 100_000))).toThrow(/cut off/);
    const bytes = fileOf(NET, 24, 4, FRANKFURT);
    const data = NET.length * 6 + 16;
    bytes.writeUInt8(0, data + 1);
    expect(new MmdbProvider(bytes).locate("192.0.2.1")).toBeUndefined();
    for (let at = data; at < data + 60; at += 1) {
      const broken = Buffer.from(fileOf(NET, 24, 4, FRANKFURT));
      broken.writeUInt8(0xff, at);
      expect(() => new MmdbProvider(broken).locate("192.0.2.1")).not.toThrow();
    }
  });
});
