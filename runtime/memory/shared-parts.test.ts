/** Parts of stored responses that are kept once. */
import { expect, test } from "vitest";
import { storedResponse } from "../../test/contract/store.ts";
import { keptBuffer } from "./kept-buffer.ts";
import { SharedParts } from "./shared-parts.ts";

/** A response with these lines; the strings are made anew each time. */
function response(lines: readonly (readonly [string, string])[], vary: readonly (readonly [string, string])[] = []) {
  const made = storedResponse("1", keptBuffer(new Uint8Array(3)));
  return {
    ...made,
    head: { status: 200, fields: lines.map(([name, value]) => [name, value] as const) },
    varyOn: vary.map(([name, value]) => [name, value] as const),
  };
}

test("a response is the same as before", () => {
  const parts = new SharedParts();
  const long = "x".repeat(1_000);
  const before = response(
    [
      ["a", "1"],
      ["b", ""],
      ["a", "2"],
      ["a", "1"],
      ["long", long],
    ],
    [["accept", "text/html"]],
  );
  expect(parts.shared(before)).toEqual(before);
  expect(parts.shared(before).body).toBe(before.body);
});

test("lines that others have as well are kept once", () => {
  const parts = new SharedParts();
  const [one, other] = [
    response([
      ["a", "1"],
      ["b", "1"],
    ]),
    response([
      ["b", "1"],
      ["a", "2"],
    ]),
  ].map((each) => parts.shared(each));
  expect(other?.head.fields[0]).toBe(one?.head.fields[1]);
  expect(other?.head.fields[1]).toEqual(["a", "2"]);
});

test("so many lines are remembered, and of these the common ones for good", () => {
  const parts = new SharedParts();
  const common = parts.shared(response([["cache-control", "max-age=60"]])).head.fields[0];
  for (let number = 0; number < 20_000; number += 1) {
    const [first] = parts.shared(
      response([
        ["cache-control", "max-age=60"],
        ["etag", `"${number}"`],
      ]),
    ).head.fields;
    expect(first).toBe(common);
  }
  expect(parts.lines).toBeLessThan(8_193);
});
