/** Directives as they come, and what is made of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestDirectives, responseDirectives } from "./cache-control.ts";
import type { FieldLine } from "./fields.ts";

const response = (...values: string[]) =>
  responseDirectives(values.map((value): FieldLine => ["cache-control", value])).directives;

describe("response directives", () => {
  it.each([
    ["max-age=60", 60],
    ['max-age="60"', 60],
    ["MAX-AGE=0060", 60],
    ["max-age=99999999999", 2_147_483_648],
    ["max-age=1800, max-age=1", 1],
    ["max-age=60.5", 0],
    ["max-age=-1", 0],
    ["max-age", 0],
    ["max-age='60'", 0],
    ['extension="max-age=3600", max-age=1', 1],
  ])("%s gives max-age %i", (value, seconds) => {
    expect(response(value).maxAgeSeconds).toBe(seconds);
  });

  it("are one list over several lines", () => {
    expect(response("max-age=60", "no-store")).toMatchObject({ maxAgeSeconds: 60, noStore: true });
  });

  it("tell qualified from unqualified forms", () => {
    expect(response('private="x, Y", no-cache=""')).toMatchObject({
      private: false,
      noCache: true,
      withheldFields: ["x", "y"],
    });
  });

  it.each(['max-age=60, "oops', "public; max-age=60", "max-age =60", "max-age= 60, =5"])("%s is malformed", (value) => {
    expect(response(value).malformed).toBe(true);
  });

  it("read Surrogate-Control's grace as stale-while-revalidate", () => {
    const { source, directives } = responseDirectives([["surrogate-control", "max-age=60+30"]]);
    expect(source).toBe("surrogate-control");
    expect(directives).toMatchObject({ maxAgeSeconds: 60, staleWhileRevalidateSeconds: 30 });
  });

  it("fall back to Cache-Control when the targeted field is no dictionary or has a wrong type", () => {
    for (const targeted of ["", "max-age=1, &", 'max-age="1"', "max-age=1.5", "max-age =1"]) {
      const { source } = responseDirectives([
        ["cdn-cache-control", targeted],
        ["cache-control", "no-store"],
      ]);
      expect(source, targeted).toBe("cache-control");
    }
  });

  it("are never negative, NaN or a crash, whatever comes", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.stringMatching(/^(max-age|s-maxage|stale-if-error|no-cache|private)? ?=? ?"?[-0-9a-z.,;"\\]*$/),
    );
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const { directives } = responseDirectives([
          ["cache-control", a],
          ["cdn-cache-control", b],
        ]);
        for (const value of Object.values(directives)) {
          if (typeof value === "number") expect(value).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("request directives", () => {
  it("are read, and max-stale without a value is without limit", () => {
    const fields: FieldLine[] = [["cache-control", "max-stale, min-fresh=5, no-cache, only-if-cached"]];
    expect(requestDirectives(fields)).toEqual({
      noCache: true,
      noStore: false,
      onlyIfCached: true,
      minFreshSeconds: 5,
      maxStaleSeconds: Number.POSITIVE_INFINITY,
    });
  });
});
