/** In CI a skipped test fails the run: there everything that tests need is installed, so a skip hides a hole. */
import type { Reporter, TestModule } from "vitest/node";

/** The full names of the skipped tests. */
export function skippedNames(modules: readonly Pick<TestModule, "children" | "moduleId">[]): string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests("skipped")].map((test) => `${module.moduleId}: ${test.fullName}`),
  );
}

/** The reporter that makes a run with skipped tests fail and names them. */
export const noSkips: Reporter = {
  onTestRunEnd(modules) {
    const names = skippedNames(modules);
    if (names.length === 0) return;
    console.error(
      `\n${names.length} skipped, and CI=true allows none:\n${names.map((name) => `  ${name}\n`).join("")}`,
    );
    process.exitCode = 1;
  },
};
