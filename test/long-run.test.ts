/** A long run's outcome becomes evidence, whether it passed or not. */
import { expect, it } from "vitest";
import { isLongRun, type LongRun, performRun } from "./long-run.ts";

const context = { root: ".", log: () => {}, signal: new AbortController().signal };
const where = { commit: "abc", date: "2026-01-01T00:00:00.000Z", node: "v26.0.0", cpu: "2 × example" };
const perform = (run: LongRun["run"]) => performRun({ name: "soak", summary: "a soak", run }, context, where);

it("a result is recorded with where it was obtained", async () => {
  const evidence = await perform(async () => ({ requests: 5 }));
  expect(evidence).toMatchObject({ name: "soak", passed: true, ...where, result: { requests: 5 } });
});

it("a result that says it did not pass has not", async () => {
  expect(await perform(async () => ({ passed: false, lost: 1 }))).toMatchObject({ passed: false, result: { lost: 1 } });
});

it("a run that throws has failed, and the evidence says why", async () => {
  const evidence = await perform(() => {
    throw new Error("lost 3 purges");
  });
  expect(evidence).toMatchObject({ passed: false, result: { error: "lost 3 purges" } });
});

it("a module without a run is not one", () => {
  expect(isLongRun({ name: "soak", summary: "a soak" })).toBe(false);
  expect(isLongRun({ name: "soak", summary: "a soak", run: async () => ({}) })).toBe(true);
});
