import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["**/*.test.ts"],
          exclude: ["node_modules/**", "test/workerd/**"],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
