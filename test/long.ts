/** `npm run long [-- NAME…]`: runs the modules of test/long/ and writes docs/evidence/NAME.json; exits 1 on failure. */
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Evidence, isLongRun, type LongRun, performRun } from "./long-run.ts";
import { provenance } from "./provenance.ts";

const root = path.join(import.meta.dirname, "..");
const folder = path.join(root, "test", "long");
const evidence = path.join(root, "docs", "evidence");

async function discover(): Promise<LongRun[]> {
  const files = globSync("*.ts", { cwd: folder, exclude: (name) => name.endsWith(".test.ts") }).sort();
  return await Promise.all(
    files.map(async (file) => {
      const module: object = await import(pathToFileURL(path.join(folder, file)).href);
      if (isLongRun(module) && module.name === path.basename(file, ".ts")) return module;
      throw new Error(`test/long/${file} must export name ("${path.basename(file, ".ts")}"), summary and run`);
    }),
  );
}

function record(result: Evidence): void {
  mkdirSync(evidence, { recursive: true });
  writeFileSync(path.join(evidence, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  console.log(
    `${result.passed ? "ok  " : "FAIL"} ${result.name} (${result.seconds} s) → docs/evidence/${result.name}.json`,
  );
}

async function main(names: readonly string[]): Promise<number> {
  const runs = await discover();
  const unknown = names.filter((name) => !runs.some((run) => run.name === name));
  if (runs.length === 0 || unknown.length > 0) {
    for (const name of unknown) console.error(`no long run is called ${name}`);
    for (const run of runs) console.error(`  ${run.name}: ${run.summary}`);
    if (runs.length === 0)
      console.error("There is no long run yet: add test/long/NAME.ts (test/long-run.ts says what it exports).");
    return unknown.length > 0 ? 2 : 0;
  }
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  const context = { root, signal: interrupt.signal, log: (line: string) => console.log(`     ${line}`) };
  const where = provenance();
  let failed = false;
  for (const run of names.length === 0 ? runs : runs.filter((candidate) => names.includes(candidate.name))) {
    if (interrupt.signal.aborted) return 1;
    console.log(`     ${run.name}: ${run.summary}`);
    const result = await performRun(run, context, where);
    record(result);
    failed ||= !result.passed;
  }
  return failed ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
