/** The quick way of writing a plain hit's line and the table of fields agree, whatever clients send. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RequestRecord } from "../record.ts";
import { HitLines } from "./hit-line.ts";
import { JsonLines } from "./json-line.ts";
import { DEFAULT_REDACTION, Redactor } from "./redact.ts";

const foreign = fc.oneof(
  fc.constantFrom(
    "/",
    "/",
    "/",
    "/a?b=c",
    "/a?token=s3cret",
    'say "x"',
    "back\\slash",
    "é",
    "\u0000",
    "x".repeat(3_000),
  ),
  fc.string({ maxLength: 12 }),
);
const field = fc.tuple(fc.constantFrom("user-agent", "referer", "cdn-loop", "accept"), foreign);
const sometimes = <T>(value: T) => fc.constantFrom(value, ...Array.from({ length: 9 }, () => undefined));
const record: fc.Arbitrary<RequestRecord> = fc.record({
  atMs: fc.constantFrom(0, 1_790_000_000_000, 1_790_000_000_001),
  node: fc.constantFrom("nyc", "nyc", 'n"y'),
  role: fc.constantFrom("edge" as const, "router" as const),
  site: fc.constantFrom("shop", "shop", 'sh"op', undefined),
  outcome: fc.constantFrom("hit" as const, "hit" as const, "hit" as const, "stored" as const),
  forward: fc.constant(undefined),
  reason: sometimes("private"),
  key: fc.constantFrom("7:example/a", "7:example/b"),
  method: fc.constantFrom("GET", "HEAD", "POST"),
  authority: foreign,
  target: foreign,
  httpVersion: fc.constantFrom("1.1", "1.1", "1.1", "1.0"),
  requestFields: fc.oneof(fc.constant([["user-agent", "a"]] as const), fc.array(field, { maxLength: 4 })),
  status: fc.constantFrom(200, 304),
  bodyBytes: fc.nat(5_000),
  complete: fc.boolean(),
  clientAddress: fc.constantFrom("192.0.2.77", "2001:db8::1"),
  headMs: fc.nat(3),
  totalMs: fc.nat(3),
  upstream: sometimes("origin.example:443"),
  country: sometimes("DE"),
});

test("a plain hit has the line that the table of fields makes", () => {
  const redactor = new Redactor(DEFAULT_REDACTION);
  let quick = 0;
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), (records) => {
      // In a row, since both remember what the line before was made of.
      const [hits, lines] = [new HitLines(redactor), new JsonLines(redactor)];
      for (const each of records) {
        const line = hits.of(each);
        if (line === undefined) continue;
        quick += 1;
        expect(line).toBe(lines.of(each));
      }
    }),
    { numRuns: 3_000 },
  );
  expect(quick).toBeGreaterThan(100);
});
