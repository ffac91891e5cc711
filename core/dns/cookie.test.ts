/** Cookies against the published vectors of RFC 9018 appendix A and of SipHash. */
import { expect, test } from "vitest";
import { cookieFor, isOurCookie } from "./cookie.ts";
import { sipHash24 } from "./siphash.ts";

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const shown = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const secret = hex("e5e973e5a6b2a43f48e7dc849e37bfcf");
const rotated = hex("445536bcd2513298075a5d379663c962");

test("SipHash-2-4 gives the values of its authors", () => {
  const key = Uint8Array.from({ length: 16 }, (_, index) => index);
  const hashes = [0, 1, 8, 15].map((length) =>
    shown(
      sipHash24(
        key,
        Uint8Array.from({ length }, (_, index) => index),
      ),
    ),
  );
  expect(hashes).toEqual(["310e0edd47db6f72", "fd67dc93c539f874", "6224939a79f5f593", "e545be4961ca29a1"]);
});

test.each([
  ["2464c4abcf10c957", "198.51.100.100", 1_559_731_985, secret, "010000005cf79f111f8130c3eee29480"],
  ["fc93fc62807ddb86", "203.0.113.203", 1_559_734_700, secret, "010000005cf7a9acf73a7810aca2381e"],
  [
    "22681ab97d52c298",
    "2001:db8:220:1:59de:d0f4:8769:82b8",
    1_559_741_961,
    rotated,
    "010000005cf7c609a6bb79d16625507a",
  ],
])("the cookie of client %s at %s is that of RFC 9018 appendix A", (client, address, seconds, current, server) => {
  expect(shown(cookieFor(hex(client), address, { current }, seconds * 1000))).toBe(client + server);
});

test("a cookie is known again, also after the secret has changed; not by another address, not after an hour, not altered", () => {
  const given = cookieFor(hex("2464c4abcf10c957"), "198.51.100.100", { current: secret }, 1_000_000_000);
  const later = { current: rotated, previous: secret };
  const asks = (address: string, seconds: number, bytes = given) =>
    isOurCookie(bytes, address, later, 1_000_000_000 + seconds * 1000);
  expect(asks("198.51.100.100", 3600)).toBe(true);
  expect(asks("198.51.100.101", 0)).toBe(false);
  expect(asks("198.51.100.100", 3601)).toBe(false);
  expect(asks("198.51.100.100", -301)).toBe(false);
  for (let at = 0; at < given.length; at += 1) {
    const altered = Uint8Array.from(given, (byte, index) => (index === at ? byte ^ 1 : byte));
    // The three reserved bytes and the time are under the hash, too.
    expect(asks("198.51.100.100", 0, altered)).toBe(false);
  }
  expect(asks("198.51.100.100", 0, given.subarray(0, 8))).toBe(false);
});
