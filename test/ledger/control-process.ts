/** A control of the command line in a process of its own, and one that asks it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const MAIN = path.join(import.meta.dirname, "..", "..", "cli", "main.ts");

/** One that runs. */
export interface ControlProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Throws when the answer is a refusal. */
  ask(method: string, where: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Processor time so far, in milliseconds. */
  processorMs(): number;
  /** A field of /proc/PID/status, in MiB. */
  mebibytes(field: "VmRSS" | "VmHWM"): number;
  /** SIGKILL; settles when it is gone. */
  kill(): Promise<void>;
}

/** Starts one on a data folder; settles when it says READY. */
export async function controlProcess(folder: string, port = 0): Promise<ControlProcess> {
  const child = spawn(process.execPath, [MAIN, "control", "--data", folder, "--listen", `127.0.0.1:${port}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
      said += part;
      const at = /READY .*http=(\S+)/.exec(said)?.[1];
      if (at !== undefined) resolve(`http://${at}`);
    });
    child.on("exit", () => reject(new Error(`control ended: ${said}`)));
  });
  const token = readFileSync(path.join(folder, "admin.token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, "utf8");
  return {
    url,
    child,
    ask: async (method, where, body) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(url + where, { method, headers, ...sent });
      const json: unknown = await response.json();
      if (!response.ok) throw new Error(JSON.stringify(json));
      return typeof json === "object" && json !== null ? { ...json } : {};
    },
    processorMs: () => {
      const [, , , , , , , , , , , user = 0, system = 0] = (proc("stat").split(") ")[1] ?? "").split(" ");
      return 10 * (Number(user) + Number(system));
    },
    mebibytes: (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(proc("status"))?.[1]) / 1_024),
    kill: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.on("close", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}
