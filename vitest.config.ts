/** How `npm test` finds and runs the tests: on Node, and the engine's scenarios and the Workers adapters on workerd. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
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
      {
        plugins: [
          cloudflareTest({
            miniflare: {
              compatibilityDate: "2026-10-20",
              compatibilityFlags: ["nodejs_compat"],
              r2Buckets: ["BUCKET"],
              // For the Worker that edge/worker.ts starts; tests start their own.
              bindings: { ORIGIN: "http://127.0.0.1:9" },
              cf: false,
            },
          }),
        ],
        resolve: {
          alias: [
            {
              find: /^.*\/store-under-test\.ts$/,
              replacement: `${import.meta.dirname}/test/workerd/store-under-test.ts`,
            },
          ],
        },
        test: {
          name: "workerd",
          // One isolate for all files: each starts its own edge and store, and a start costs a second.
          isolate: false,
          globalSetup: "test/workerd/origin-setup.ts",
          include: ["test/workerd/**/*.test.ts", "test/scenario/**/*.test.ts", "runtime/memory/*.test.ts"],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
