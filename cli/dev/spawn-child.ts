/** Starts one program of `antipode dev` as an OS process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PARENT_WATCH_VARIABLE } from "../parent-watch.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { ChildEnd, SpawnChild } from "./supervisor.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "preload.ts")).href;

/** How long output may still come after the end. */
const OUTPUT_GRACE_MS = 500;

/** Runs this Node on the plan's program. Its standard input is the pipe whose end tells it that we are gone. */
export const spawnChild: SpawnChild = (plan, listeners) => {
  const child = spawn(process.execPath, ["--import", PRELOAD, ...plan.args], {
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that Ctrl-C on the terminal reaches us alone and the end is in order.
    detached: process.platform !== "win32",
    windowsHide: true,
    env: { ...process.env, [PARENT_WATCH_VARIABLE]: "1" },
  });
  let ended = false;
  const end = (how: ChildEnd): void => {
    if (ended) return;
    ended = true;
    listeners.onEnd(how);
  };
  const output = new LineSplitter((line) => listeners.onOutput(line));
  const errorOutput = new LineSplitter((line) => listeners.onErrorOutput(line));
  child.stdout.on("data", (chunk: Buffer) => output.write(chunk)).on("end", () => output.end());
  child.stderr.on("data", (chunk: Buffer) => errorOutput.write(chunk)).on("end", () => errorOutput.end());
  child.stdin.on("error", () => {});
  child.on("error", (error) => {
    listeners.onErrorOutput(error.message);
    // Without a process id it never started, and "close" does not come.
    if (child.pid === undefined) process.nextTick(() => end({ code: null, signal: null }));
  });
  // "close" comes after the last output; a pipe that something else still holds must not hide the end.
  child.on("exit", (code, signal) => setTimeout(() => end({ code, signal }), OUTPUT_GRACE_MS));
  child.on("close", (code, signal) => end({ code, signal }));
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal) };
};
