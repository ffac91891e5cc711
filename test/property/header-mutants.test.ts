/** Every parser and the decision survive mutants of real fields; `npm run long -- header-mutants` runs a million. */
import { expect, it } from "vitest";
import { checkMutant } from "./header-mutants.ts";

it("20,000 mutants of real fields neither crash a parser nor make an age negative", () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= 20_000; seed += 1) {
    try {
      checkMutant(seed);
    } catch (error) {
      broken.push(`seed ${seed}: ${error}`);
    }
  }
  expect(broken.slice(0, 3)).toEqual([]);
});
