/** `npm run check`, the whole gate: types, lint and format, tidy rules, lock file. Prints all failures, then exits 1. */
import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { lockFileProblems } from "./lock-file.ts";
import { findOffences, formatOffence } from "./tidy/rules.ts";
import { projectFiles, projectHas } from "./tidy/source.ts";

interface Step {
  readonly name: string;
  /** The problems found; empty text is success. */
  run(): string | Promise<string>;
}

const root = path.join(import.meta.dirname, "..");

/** Runs a tool of node_modules/.bin; what it printed when it failed. */
function tool(name: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(path.join(root, "node_modules", ".bin", name), words, { cwd: root });
    let printed = "";
    const add = (chunk: Buffer) => {
      printed += chunk.toString();
    };
    child.stdout.on("data", add);
    child.stderr.on("data", add);
    child.on("error", (error) => resolve(`${name} does not start: ${error.message}; run npm ci`));
    child.on("close", (code) => resolve(code === 0 ? "" : printed || `${name} ended with code ${code}`));
  });
}

/** Every TypeScript project of the repository: core, the roles, all, and one for each further runtime. */
function typeSteps(): Step[] {
  const configs = globSync(["core/tsconfig.json", "tsconfig.*.json", "tsconfig.json", "test/*/tsconfig.json"], {
    cwd: root,
  });
  return configs
    .filter((config) => config !== "tsconfig.base.json")
    .sort()
    .map((config) => ({ name: `types ${config}`, run: () => tool("tsc", ["-p", config]) }));
}

const steps: readonly Step[] = [
  // The programs first: they run while this process reads.
  { name: "biome", run: () => tool("biome", ["check", "--error-on-warnings", "."]) },
  ...typeSteps(),
  {
    name: "lock file",
    run: () => {
      const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"));
      return lockFileProblems(read("package.json"), read("package-lock.json")).join("\n");
    },
  },
  { name: "tidy", run: () => findOffences(projectFiles(root), projectHas(root)).map(formatOffence).join("\n") },
];

const results = await Promise.all(
  steps.map(async (step) => {
    const startMs = performance.now();
    const result = step.run();
    // Not awaited when it is there: the time would be that of its neighbours.
    const problems = typeof result === "string" ? result : await result;
    console.log(`${problems === "" ? "ok  " : "FAIL"} ${step.name} (${Math.round(performance.now() - startMs)} ms)`);
    return { name: step.name, problems };
  }),
);
const failed = results.filter((result) => result.problems !== "");
for (const { name, problems } of failed) console.log(`\n--- ${name}\n${problems.trimEnd()}`);
console.log(failed.length === 0 ? "\nall checks passed" : `\n${failed.length} of ${steps.length} checks failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
