/** How `npm test` finds and runs the tests. */
import { defineConfig } from "vitest/config";
import { reporters } from "./test/reporters.ts";

export default defineConfig({
  test: {
    reporters: reporters(process.env),
    projects: [
      {
        test: {
          name: "node",
          include: ["**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/workerd/**"],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
