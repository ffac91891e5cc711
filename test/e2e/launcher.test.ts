/** The launcher is one program with what it starts, even when the Node on PATH is too old. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const root = path.join(import.meta.dirname, "..", "..");
const launcher = path.join(root, "bin", "antipode");
let folder = "";

// Stands in for cli/main.ts: says that it runs, and ends as it is told.
const PROGRAM = `
import { watchLauncher } from ${JSON.stringify(pathToFileURL(path.join(root, "cli/launcher-watch.ts")).href)};
watchLauncher();
process.on("SIGINT", () => process.exit(42));
process.on("SIGTERM", () => process.exit(43));
setInterval(() => {}, 1000);
if (process.argv.includes("die")) process.kill(process.pid, "SIGKILL");
console.log(process.pid, process.env.ANTIPODE_LAUNCHER ?? "unset");
`;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "antipode-launcher-"));
  // Makes a Node look old to the launcher alone: what it starts sees itself as it is.
  const versions = JSON.stringify({ ...process.versions, node: "14.0.0" });
  writeFileSync(path.join(folder, "old.cjs"), `Object.defineProperty(process, "versions", { value: ${versions} });`);
  symlinkSync(launcher, path.join(folder, "linked-antipode"));
  for (const name of ["with-node", "without-node"]) {
    mkdirSync(path.join(folder, name, "cli"), { recursive: true });
    cpSync(path.join(root, "bin"), path.join(folder, name, "bin"), { recursive: true });
    writeFileSync(path.join(folder, name, "cli", "main.ts"), PROGRAM);
    writeFileSync(path.join(folder, name, "package.json"), '{ "type": "module" }');
  }
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "with-node", "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

interface Started {
  readonly child: ChildProcess;
  /** Resolves with the first output. */
  readonly speaks: Promise<string>;
  readonly ended: Promise<Ended>;
}

function start(program: string, words: readonly string[], age: "old" | "new"): Started {
  const before = age === "old" ? ["--require", path.join(folder, "old.cjs")] : [];
  const child = spawn(process.execPath, [...before, program, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, error] = ["", ""];
  const speaks = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk) => {
      out += chunk;
      resolve(out);
    });
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, out, error }));
  return { child, speaks, ended };
}

describe.each(["old", "new"] as const)("on a Node that is %s", (age) => {
  const standIn = () => path.join(folder, "with-node", "bin", "antipode");

  it("the program runs with its arguments, and its exit code comes back", async () => {
    const [version, mistake] = [start(launcher, ["--version"], age), start(launcher, ["no-such-command"], age)];
    expect(await version.ended).toMatchObject({ code: 0, out: `antipode ${manifest.version}\n`, error: "" });
    expect(await mistake.ended).toMatchObject({ code: 2, out: "" });
  });

  it("a symbolic link to the launcher works", async () => {
    const linked = start(path.join(folder, "linked-antipode"), ["--version"], age);
    expect(await linked.ended).toMatchObject({ code: 0, error: "" });
  });

  it.each([
    ["SIGINT", 42],
    ["SIGTERM", 43],
  ] as const)("%s reaches the program, which decides how it ends", async (signal, code) => {
    const { child, speaks, ended } = start(standIn(), [], age);
    await speaks;
    child.kill(signal);
    expect(await ended).toMatchObject({ code, signal: null });
  });

  it("a program that dies of a signal is seen to have died of it", async () => {
    expect(await start(standIn(), ["die"], age).ended).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  it("killed outright, it leaves nothing behind", async () => {
    const { child, speaks, ended } = start(standIn(), [], age);
    const [pid, variable] = (await speaks).trim().split(" ");
    expect(variable).toBe("unset");
    child.kill("SIGKILL");
    // The output closes when the last process that holds it is gone.
    await ended;
    // Then it is a matter of when the system collects it.
    await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH"), { timeout: 5000 });
  });
});

it("without any Node that is new enough, one line says what to do", async () => {
  const { code, out, error } = await start(path.join(folder, "without-node", "bin", "antipode"), [], "old").ended;
  expect({ code, out, lines: error.trim().split("\n").length }).toEqual({ code: 1, out: "", lines: 1 });
  expect(error).toMatch(/^antipode: Node 24\.14 or newer is needed .* run "npm ci" in /);
});
