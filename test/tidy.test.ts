/** The project itself keeps the tidy rules (test/tidy/). */
import path from "node:path";
import { expect, it } from "vitest";
import { findOffences, formatOffence } from "./tidy/rules.ts";
import { projectFiles, projectHas } from "./tidy/source.ts";

it("the project keeps its own rules", () => {
  const root = path.join(import.meta.dirname, "..");
  const files = projectFiles(root);
  expect(files.map((file) => file.path)).toContain("core/ports.ts");
  expect(findOffences(files, projectHas(root)).map(formatOffence)).toEqual([]);
});
