/** Our decision against http-cache-semantics: every difference has a name and a reason, or the test fails. */
import { expect, it } from "vitest";
import { compare } from "./compare.ts";

const TRIPLES = 100_000;

it(`agrees with http-cache-semantics on ${TRIPLES} triples, but for differences that have a name`, async () => {
  const { bothReuse, unnamed, unnamedCount, unused } = await compare(TRIPLES, async () => {});
  expect(unnamed, `${unnamedCount} differences without a name`).toEqual([]);
  expect(bothReuse / TRIPLES, "share that both store and reuse").toBeGreaterThan(0.3);
  expect(unused, "named differences that never occur").toEqual([]);
}, 60_000);
