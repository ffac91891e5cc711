/** Addresses, ranges, classes, and who the client is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldLine } from "../http/fields.ts";
import { contains, firstOf, formatAddress, parseAddress, parseCidr } from "./address.ts";
import { classOf, isLoopbackHost, isPublicAddress } from "./address-class.ts";
import { clientAddress } from "./client-address.ts";

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::ffff:a00:1", "10.0.0.1"],
    ["64:ff9b::10.0.0.1", "64:ff9b::a00:1"],
  ])("%s is %s", (text, canonical) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(canonical);
  });

  it.each([
    "",
    "1.2.3",
    "01.2.3.4",
    "1.2.3.256",
    "0x7f.1",
    "127.1",
    "2130706433",
    "1.2.3.4 ",
    "[::1]",
    "fe80::1%eth0",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "1.2.3.4::",
    "::1.2.3.4:5",
  ])("%s is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("survives being written and read again, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }), (bytes) => {
        const read = parseAddress(formatAddress({ family: 6, bytes }));
        expect(read?.bytes.slice(-4)).toEqual(bytes.slice(-4));
      }),
    );
  });

  it("is cut to its prefix", () => {
    const cut = (text: string, bits: number) => {
      const address = parseAddress(text);
      return address && formatAddress(firstOf(address, bits));
    };
    expect(cut("203.0.113.77", 24)).toBe("203.0.113.0");
    expect(cut("2001:db8:1:2:3::4", 48)).toBe("2001:db8:1::");
  });
});

describe("a range", () => {
  it("contains its addresses and no others", () => {
    const range = parseCidr("10.1.0.0/15");
    const inside = (text: string) => {
      const address = parseAddress(text);
      return range !== undefined && address !== undefined && contains(range, address);
    };
    expect(["10.0.255.255", "10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "10.2.0.0", "::1"].map(inside)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "10/8"])("%s is none", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe("the class of an address", () => {
  it.each([
    ["8.8.8.8", "public"],
    ["2606:4700::1", "public"],
    ["127.0.0.53", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["169.254.169.254", "link-local"],
    ["fd00:ec2::254", "private"],
    ["100.64.1.1", "shared"],
    ["64:ff9b::169.254.169.254", "link-local"],
    ["2002:7f00:1::", "loopback"],
    ["::127.0.0.1", "loopback"],
    ["0.0.0.0", "unspecified"],
  ])("%s is %s", (text, kind) => {
    const address = parseAddress(text);
    expect(address && classOf(address)).toBe(kind);
    expect(isPublicAddress(text)).toBe(kind === "public");
  });
});

describe("the client's address", () => {
  const trusted = ["127.0.0.0/8", "10.0.0.0/8"].flatMap((text) => parseCidr(text) ?? []);
  const client = (peer: string, ...forwarded: string[]) =>
    clientAddress(
      peer,
      forwarded.map((value): FieldLine => ["x-forwarded-for", value]),
      trusted,
    );

  it("is the peer when the peer is nobody we trust, whatever it claims", () => {
    expect(client("203.0.113.9", "198.51.100.1")).toEqual({ clientAddress: "203.0.113.9", earlierAddresses: [] });
  });

  it("is the last address that no trusted proxy has", () => {
    expect(client("127.0.0.1", "198.51.100.1, 203.0.113.9", "10.0.0.7")).toEqual({
      clientAddress: "203.0.113.9",
      earlierAddresses: ["198.51.100.1"],
    });
  });

  it("may carry brackets and ports", () => {
    expect(client("127.0.0.1", "[2001:db8::1]:443").clientAddress).toBe("2001:db8::1");
    expect(client("127.0.0.1", "203.0.113.9:1234").clientAddress).toBe("203.0.113.9");
  });

  it("stops at what is no address", () => {
    expect(client("127.0.0.1", "203.0.113.9, unknown, 10.0.0.7").clientAddress).toBe("10.0.0.7");
    expect(client("127.0.0.1").clientAddress).toBe("127.0.0.1");
  });
});

it.each([
  ["localhost", true],
  ["LOCALHOST", true],
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.evil.example", false],
  ["localhost.evil.example", false],
])("listening on %s stays within this machine: %s", (host, stays) => {
  expect(isLoopbackHost(host)).toBe(stays);
});
