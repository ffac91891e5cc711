/** Dates that are dates, and dates that are not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHttpDate, parseHttpDate } from "./dates.ts";

const NOW_MS = Date.UTC(2026, 10, 24);

describe("an HTTP date", () => {
  it.each([
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "SUN, 06 NOV 1994 08:49:37 gmt",
  ])("is read from %s", (text) => {
    expect(parseHttpDate(text, NOW_MS)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
  });

  it.each([
    "",
    "0",
    "Thu, 18 Aug 2050 02:01:18 UTC",
    "Thu, 18 Aug 50 02:01:18 GMT",
    "Thu 18 Aug 2050 02:01:18 GMT",
    "Thu, 18  Aug  2050 02:01:18 GMT",
    "Thu, 18-Aug-2050 02:01:18 GMT",
    "Thu, 18 Aug 2050 2:01:18 GMT",
    "Thu, 18 Aug 2050 02.01.18 GMT",
    "Thu, 31 Feb 2050 02:01:18 GMT",
    "Thu, 18 Aug 2050 24:00:00 GMT",
  ])("is not read from %s", (text) => {
    expect(parseHttpDate(text, NOW_MS)).toBeUndefined();
  });

  it("with two digits of year is at most fifty years ahead", () => {
    expect(parseHttpDate("Thursday, 18-Aug-50 02:01:18 GMT", NOW_MS)).toBe(Date.UTC(2050, 7, 18, 2, 1, 18));
    expect(parseHttpDate("Thursday, 18-Aug-77 02:01:18 GMT", NOW_MS)).toBe(Date.UTC(1977, 7, 18, 2, 1, 18));
  });

  it("is written as the platform would write it, and read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        const text = formatHttpDate(seconds * 1000);
        expect(text).toBe(new Date(seconds * 1000).toUTCString());
        expect(parseHttpDate(text, NOW_MS)).toBe(seconds * 1000);
      }),
    );
  });

  it("never makes the parser throw", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseHttpDate(text, NOW_MS)));
  });
});
