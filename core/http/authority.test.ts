/** Tests of the normal form of Host. */
import { describe, expect, test } from "vitest";
import { normalAuthority } from "./authority.ts";

const kept: readonly (readonly [string, string])[] = [
  ["example.com", "example.com"],
  ["EXAMPLE.Com", "example.com"],
  ["example.com.", "example.com"],
  ["example.com:80", "example.com"],
  ["example.com.:8080", "example.com:8080"],
  ["example.com:443", "example.com:443"],
  ["a_b.example", "a_b.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["localhost", "localhost"],
  ["127.0.0.1:8101", "127.0.0.1:8101"],
  ["1.example", "1.example"],
  ["[::1]", "[::1]"],
  ["[0:0:0:0:0:0:0:1]:8080", "[::1]:8080"],
  ["[2001:DB8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"],
  ["[::]", "[::]"],
  ["[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"],
  ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
];

const refusedHosts: readonly string[] = [
  "",
  ".",
  "..",
  ".example.com",
  "a..b",
  "example.com..",
  "example.com:",
  "example.com:0",
  "example.com:080",
  "example.com:65536",
  "example.com:80:80",
  "example.com:8o",
  "user@example.com",
  "example.com/path",
  "example.com?x",
  "example.com#x",
  "example.com,other.com",
  "example.com other.com",
  " example.com",
  "exam\tple.com",
  "exam%70le.com",
  "exämple.com",
  "example.com\\x",
  "example.com'",
  "127.1",
  "2130706433",
  "0x7f.1",
  "0x7f000001",
  "127.0.0.01",
  "127.0.0.256",
  "1.2.3.4.5",
  "[::1",
  "::1",
  "[::1]x",
  "[::1]:",
  "[fe80::1%25eth0]",
  "[1::2::3]",
  "[1:2:3:4:5:6:7:8:9]",
  "[1:2:3:4:5:6:7]",
  "[1:2:3:4:5:6:7:8::]",
  "[12345::]",
  "[v1.x]",
  "[::1.2.3]",
  "[1.2.3.4::]",
  "[]",
  `${"a".repeat(64)}.com`,
  `${"a.".repeat(127)}com`,
];

describe("the normal form of Host", () => {
  test.each(kept)("%s is %s", (text, normal) => {
    expect(normalAuthority(text, "http")).toBe(normal);
  });
  test.each(refusedHosts)("%j is refused", (text) => {
    expect(normalAuthority(text, "http")).toBeUndefined();
  });
  test("the default port is the scheme's", () => {
    expect(normalAuthority("a.example:443", "https")).toBe("a.example");
    expect(normalAuthority("a.example:80", "https")).toBe("a.example:80");
  });
  test("a normal form is its own normal form", () => {
    for (const [, normal] of kept) expect(normalAuthority(normal, "http")).toBe(normal);
  });
});
