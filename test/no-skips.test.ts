/** A skipped test is a skip with a reason here and a failure in CI: seen on a real run of a small project. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { needOf } from "./need.ts";

const root = path.join(import.meta.dirname, "..");
let folder = "";
beforeAll(() => {
  // Inside the repository, so that `vitest` is found; the dot keeps it out of every other search.
  folder = mkdtempSync(path.join(root, "node_modules", ".no-skips-"));
  writeFileSync(
    path.join(folder, "vitest.config.mjs"),
    `import { reporters } from ${JSON.stringify(path.join(root, "test/reporters.ts"))};
export default { test: { include: ["*.check.mjs"], reporters: reporters(process.env) } };`,
  );
  writeFileSync(
    path.join(folder, "a.check.mjs"),
    `import { describe, it } from "vitest";
it("runs", () => {});
describe.skipIf(true)("needs a tool [skipped: tool not found]", () => it("is skipped", () => {}));`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function runVitest(CI: string): Promise<{ code: number; printed: string }> {
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const env = { ...process.env, CI, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [vitest, "run"], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr });
    });
  });
}

it("a skip passes on a contributor's machine", async () => {
  const { code, printed } = await runVitest("");
  expect(code, printed).toBe(0);
});

it("a skip fails the run in CI, by name", async () => {
  const { code, printed } = await runVitest("true");
  expect(code, printed).toBe(1);
  expect(printed).toContain("needs a tool [skipped: tool not found] > is skipped");
});

it("an absent tool is named with the package that brings it", () => {
  const table = {
    here: { program: "sh", debianPackage: "dash" },
    absent: { program: "no-such", debianPackage: "such" },
  };
  expect(needOf(table, ["here"])).toEqual({ run: true, reason: "" });
  expect(needOf(table, ["here", "absent"])).toEqual({
    run: false,
    reason: "absent not found; apt-get install such",
  });
});
