/** The name server survives what is not DNS; `npm run long -- dns-mutants` sends a million to a real one. */
import { expect, it } from "vitest";
import { checkDnsMutant } from "./mutants.ts";

it("20,000 mutants of queries get an answer that fits, or none", () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= 20_000; seed += 1) {
    try {
      checkDnsMutant(seed);
    } catch (error) {
      broken.push(`seed ${seed}: ${error}`);
    }
  }
  expect(broken.slice(0, 3)).toEqual([]);
});
