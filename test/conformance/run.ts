/**
 * Runs http-cache-tests against a real edge on loopback: `npm run conformance [-- --suite DIR] [--profile safe|rfc9111]
 * [--workers] [--base URL] [--json FILE]`. An unexpected pass or fail fails the run. `--workers`: the edge of Workers,
 * on workerd.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LocalWorker, startLocalWorker } from "../../cli/workers/wrangler.ts";
import { freePort } from "../e2e/processes.ts";
import { provenance } from "../provenance.ts";
import {
  DECLINED,
  DECLINED_PACKAGED,
  DECLINED_PARTIAL,
  DECLINED_SAFE,
  DECLINED_WORKERS,
  DECLINED_WORKERS_PACKAGED,
} from "./declined.ts";
import { loadSuite, packagedSuite, type RawResult, type Suite } from "./suite.ts";
import { tally, type Verdict, verdicts } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    suite: { type: "string", default: packagedSuite() },
    profile: { type: "string", default: "rfc9111" },
    base: { type: "string" },
    json: { type: "string" },
    workers: { type: "boolean", default: false },
  },
});

const children: ChildProcess[] = [];
let worker: LocalWorker | undefined;
const scratch = mkdtempSync(join(tmpdir(), "antipode-conformance-"));
try {
  process.exitCode = await main();
} finally {
  for (const child of children) child.kill("SIGTERM");
  await worker?.stop();
  rmSync(scratch, { recursive: true, force: true });
}

async function main(): Promise<number> {
  const suite = await loadSuite(values.suite, { plain: values.workers });
  const base = values.base ?? (await startEdge(suite.serverScript));
  console.log(`http-cache-tests (${suite.edition}) against ${base}, profile ${values.profile}`);
  const startedAtMs = Date.now();
  const where = provenance();
  const results = await suite.run(base);
  const judged = verdicts(suite.tests, results);
  const counts = tally(suite.tests, judged);
  const surprises = surprising(suite, judged, results);
  for (const line of surprises) console.log(line);
  const { required, optimal, check } = counts;
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  console.log(
    `required ${required.passed}/${required.total}, optimal ${optimal.passed}/${optimal.total}, check ${check.passed}/${check.total} yes, ${seconds} s`,
  );
  if (values.json) {
    const checks = suite.tests.filter((test) => test.kind === "check").map((test) => [test.id, judged.get(test.id)]);
    const runtime = values.workers ? "workerd" : "node";
    const { edition } = suite;
    const report = { edition, profile: values.profile, runtime, ...where, counts, checks: Object.fromEntries(checks) };
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  const passed = suite.tests.length - surprises.length;
  console.log(`${passed} passed, ${surprises.length} failed`);
  return surprises.length === 0 ? 0 : 1;
}

/** Required and optimal tests whose verdict is not what we say of them. */
function surprising(
  { edition, tests }: Suite,
  judged: ReadonlyMap<string, Verdict>,
  results: Readonly<Record<string, RawResult>>,
): string[] {
  const declined = {
    ...DECLINED,
    ...DECLINED_PARTIAL,
    ...(values.profile === "safe" ? DECLINED_SAFE : {}),
    ...(values.workers ? DECLINED_WORKERS : {}),
    ...(edition === "packaged" ? DECLINED_PACKAGED : {}),
    ...(values.workers && edition === "packaged" ? DECLINED_WORKERS_PACKAGED : {}),
  };
  return tests.flatMap((test) => {
    if (test.kind === "check") return [];
    const passed = judged.get(test.id) === "pass";
    if (passed === !(test.id in declined)) return [];
    const result = results[test.id];
    const detail = result === true || result === undefined ? "" : `: ${result.join(": ")}`;
    return [
      `${passed ? "UNEXPECTED PASS" : `FAIL (${judged.get(test.id)})`} ${test.kind ?? "required"} ${test.id}${detail}`,
    ];
  });
}

async function startEdge(serverScript: string): Promise<string> {
  const originPort = await freePort();
  const edgePort = await freePort();
  const environment = {
    ...process.env,
    npm_config_protocol: "http",
    npm_config_port: `${originPort}`,
    npm_config_pidfile: join(scratch, "server.pid"),
  };
  await start([serverScript], environment, "stdout", /Listening/);
  const originUrl = `http://127.0.0.1:${originPort}`;
  if (values.workers) {
    const variables = { ORIGIN: originUrl, PROFILE: values.profile };
    worker = await startLocalWorker({ port: edgePort, stateDirectory: join(scratch, "workers"), variables });
    return worker.url;
  }
  const root = join(import.meta.dirname, "..", "..");
  const edge = ["edge", "--origin", originUrl, "--listen", `127.0.0.1:${edgePort}`];
  await start([join(root, "bin", "antipode"), ...edge, "--profile", values.profile], process.env, "stderr", /READY/);
  return `http://127.0.0.1:${edgePort}`;
}

/** Starts a program and waits until it says that it is ready. */
function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  stream: "stdout" | "stderr",
  ready: RegExp,
): Promise<void> {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  return new Promise((resolve, reject) => {
    for (const source of [child.stdout, child.stderr]) source.setEncoding("utf8");
    child.stdout.on("data", (chunk) => heard("stdout", chunk));
    child.stderr.on("data", (chunk) => heard("stderr", chunk));
    child.once("exit", () => reject(new Error(`${args.join(" ")} did not start:\n${text}`)));
    function heard(from: "stdout" | "stderr", chunk: string): void {
      if (text.length < 10_000) text += chunk;
      if (from === stream && ready.test(text)) resolve();
    }
  });
}
