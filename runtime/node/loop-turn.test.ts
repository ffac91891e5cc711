/** A turn ends when all that was waiting has had its turn. */
import { expect, it } from "vitest";
import { LoopTurn } from "./loop-turn.ts";

it("grows within a turn and begins anew in the next", async () => {
  const turn = new LoopTurn();
  expect(turn.ageMs()).toBe(0);
  for (const startMs = performance.now(); performance.now() - startMs < 5; );
  await Promise.resolve();
  expect(turn.ageMs()).toBeGreaterThanOrEqual(5);
  await new Promise((resolve) => setImmediate(resolve));
  expect(turn.ageMs()).toBe(0);
});
