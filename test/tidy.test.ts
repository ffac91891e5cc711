/** The project itself keeps the tidy rules (test/tidy/). */
import path from "node:path";
import { expect, it } from "vitest";
import { findOffences, formatOffence } from "./tidy/rules.ts";
import { projectFiles } from "./tidy/source.ts";

it("the project keeps its own rules", () => {
  const files = projectFiles(path.join(import.meta.dirname, ".."));
  expect(files.map((file) => file.path)).toContain("core/ports.ts");
  expect(findOffences(files).map(formatOffence)).toEqual([]);
});
