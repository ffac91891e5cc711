/** Which reporters a test run has: in CI one more, which fails it for skipped tests. */
import type { Reporter } from "vitest/node";
import { noSkips } from "./no-skips.ts";

/** The reporters for an environment. */
export function reporters(env: NodeJS.ProcessEnv): ("default" | Reporter)[] {
  return env.CI === "true" ? ["default", noSkips] : ["default"];
}
