/** Which answers continue a body, and which are of something else. */
import { describe, expect, test } from "vitest";
import type { FieldLine } from "../http/fields.ts";
import { bodyVersion, continuationFields, isContinuation, isSameVersion, type Validator } from "./continuation.ts";

const ETAG: FieldLine = ["etag", '"v1"'];
const LENGTH: FieldLine = ["content-length", "1000"];
const TAG: Validator = { name: "etag", value: '"v1"' };
const NEW_YEAR = "Thu, 01 Jan 2026 00:00:00 GMT";
const MODIFIED: FieldLine = ["last-modified", NEW_YEAR];
const dated = (date: string): FieldLine => ["date", date];

describe("the version of a body", () => {
  test("is its strong tag and its length", () => {
    expect(bodyVersion({ status: 200, fields: [ETAG, LENGTH] })).toEqual({ validator: TAG, bytes: 1000 });
  });
  test("is its date of modification and its length, when that is a minute older than the answer", () => {
    const fields = [MODIFIED, LENGTH, dated("Thu, 01 Jan 2026 00:01:00 GMT")];
    const validator = { name: "last-modified", value: NEW_YEAR };
    expect(bodyVersion({ status: 200, fields })).toEqual({ validator, bytes: 1000 });
  });
  test.each<[string, number, readonly FieldLine[]]>([
    ["a weak tag", 200, [["etag", 'W/"v1"'], LENGTH]],
    ["a tag without quotes", 200, [["etag", "v1"], LENGTH]],
    ["two tags", 200, [ETAG, ETAG, LENGTH]],
    ["no tag and no date", 200, [LENGTH]],
    ["a modification and no date", 200, [MODIFIED, LENGTH]],
    ["a modification of just now", 200, [MODIFIED, LENGTH, dated("Thu, 01 Jan 2026 00:00:59 GMT")]],
    ["a modification to come", 200, [MODIFIED, LENGTH, dated("Thu, 01 Jan 2025 00:00:00 GMT")]],
    ["a modification in no format", 200, [["last-modified", "yesterday"], LENGTH, dated(NEW_YEAR)]],
    ["a year of two digits", 200, [["last-modified", "Sunday, 06-Nov-94 08:49:37 GMT"], LENGTH, dated(NEW_YEAR)]],
    ["two modifications", 200, [MODIFIED, MODIFIED, LENGTH, dated("Fri, 02 Jan 2026 00:00:00 GMT")]],
    [
      "a weak tag and a strong date",
      200,
      [["etag", 'W/"a"'], MODIFIED, LENGTH, dated("Fri, 02 Jan 2026 00:00:00 GMT")],
    ],
    ["no length", 200, [ETAG]],
    ["two lengths", 200, [ETAG, LENGTH, LENGTH]],
    ["a part", 206, [ETAG, LENGTH]],
    ["an error page", 404, [ETAG, LENGTH]],
  ])("is not known with %s", (_what, status, fields) => {
    expect(bodyVersion({ status, fields })).toBeUndefined();
  });
});

describe("two versions", () => {
  const version = { validator: TAG, bytes: 1000 };
  test("are one when validator and length are the same", () => {
    expect(isSameVersion(version, { validator: { ...TAG }, bytes: 1000 })).toBe(true);
  });
  test.each([
    { validator: TAG, bytes: 1001 },
    { validator: { name: "etag", value: '"v2"' }, bytes: 1000 },
    { validator: { name: "last-modified", value: '"v1"' }, bytes: 1000 },
    undefined,
  ] as const)("are not with %o", (other) => {
    expect(isSameVersion(version, other)).toBe(false);
  });
});

test("the request for the rest is bound to the version, and has no other conditions", () => {
  const fields: FieldLine[] = [
    ["host", "a"],
    ["range", "bytes=0-1"],
    ["if-none-match", '"v0"'],
    ["accept-encoding", "gzip"],
  ];
  expect(continuationFields(fields, { validator: TAG, bytes: 1000 }, 400)).toEqual([
    ["host", "a"],
    ["accept-encoding", "gzip"],
    ["range", "bytes=400-"],
    ["if-range", '"v1"'],
  ]);
});

describe("an answer to it", () => {
  const version = { validator: TAG, bytes: 1000 };
  const right: readonly FieldLine[] = [ETAG, ["content-range", "bytes 400-999/1000"], ["content-length", "600"]];
  const without = (name: string, line?: FieldLine): readonly FieldLine[] => [
    ...right.filter((other) => other[0] !== name),
    ...(line === undefined ? [] : [line]),
  ];

  test("continues when it is exactly the rest of the same version", () => {
    expect(isContinuation({ status: 206, fields: right }, version, 400)).toBe(true);
    expect(isContinuation({ status: 206, fields: without("content-length") }, version, 400)).toBe(true);
  });
  test.each<[string, number, readonly FieldLine[]]>([
    ["the whole", 200, [ETAG, LENGTH]],
    ["not satisfiable", 416, [ETAG, ["content-range", "bytes */1000"]]],
    ["of another version", 206, without("etag", ["etag", '"v2"'])],
    ["of a version known weakly", 206, without("etag", ["etag", 'W/"v1"'])],
    ["of no version", 206, without("etag")],
    ["of another length", 206, without("content-range", ["content-range", "bytes 400-999/2000"])],
    ["of an unknown length", 206, without("content-range", ["content-range", "bytes 400-999/*"])],
    ["an earlier part", 206, without("content-range", ["content-range", "bytes 399-999/1000"])],
    ["a shorter part", 206, without("content-range", ["content-range", "bytes 400-998/1000"])],
    ["longer than it says", 206, without("content-length", ["content-length", "601"])],
    ["without Content-Range", 206, without("content-range")],
    ["with two", 206, [...right, ["content-range", "bytes 400-999/1000"]]],
  ])("does not when it is %s", (_what, status, fields) => {
    expect(isContinuation({ status, fields }, version, 400)).toBe(false);
  });

  test("to a date continues when it repeats the date and has no tag", () => {
    const byDate = { validator: { name: "last-modified", value: NEW_YEAR }, bytes: 1000 } as const;
    const fields = without("etag", MODIFIED);
    expect(isContinuation({ status: 206, fields }, byDate, 400)).toBe(true);
    expect(isContinuation({ status: 206, fields: [...fields, ETAG] }, byDate, 400)).toBe(false);
    expect(isContinuation({ status: 206, fields: without("etag") }, byDate, 400)).toBe(false);
    const later: FieldLine = ["last-modified", "Thu, 01 Jan 2026 00:00:01 GMT"];
    expect(isContinuation({ status: 206, fields: without("etag", later) }, byDate, 400)).toBe(false);
  });
});
