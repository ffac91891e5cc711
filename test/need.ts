/**
 * Tests that need a program of the system. Where it is absent they are skipped and say why; in CI a skip fails the run
 * (test/no-skips.ts), so there `.ci/run` installs them all.
 */
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { describe } from "vitest";

interface ToolEntry {
  readonly program: string;
  readonly debianPackage: string;
}

/** What tests may ask for: the program, and the Debian package that brings it. */
const TOOLS = {
  nginx: { program: "nginx", debianPackage: "nginx-light" },
  httpd: { program: "apache2", debianPackage: "apache2-bin" },
  curl: { program: "curl", debianPackage: "curl" },
  dig: { program: "dig", debianPackage: "bind9-dnsutils" },
  ip: { program: "ip", debianPackage: "iproute2" },
  varnish: { program: "varnishd", debianPackage: "varnish" },
  openssl: { program: "openssl", debianPackage: "openssl" },
  wrk: { program: "wrk", debianPackage: "wrk" },
  h2load: { program: "h2load", debianPackage: "nghttp2-client" },
  nats: { program: "nats-server", debianPackage: "nats-server" },
  chromium: { program: "chromium", debianPackage: "chromium" },
} as const satisfies Readonly<Record<string, ToolEntry>>;

/** A program that tests may need. */
export type Tool = keyof typeof TOOLS;

/** Whether a test can run, and if not, why and what to do. */
export interface Need {
  readonly run: boolean;
  /** Empty when it can run. */
  readonly reason: string;
}

/** The absolute path of a tool, or undefined. */
export function toolPath(tool: Tool): string | undefined {
  return programPath(TOOLS[tool].program);
}

/** The absolute path of any program, or undefined. Debian keeps servers in sbin, which is not on every PATH. */
export function programPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => path.join(folder, program))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether all of the tools are here. */
export function need(...tools: readonly Tool[]): Need {
  return needOf(TOOLS, tools);
}

/** Whether all of the named tools of a table are here. */
export function needOf<T extends string>(table: Readonly<Record<T, ToolEntry>>, tools: readonly T[]): Need {
  const absent = tools.filter((tool) => programPath(table[tool].program) === undefined);
  if (absent.length === 0) return { run: true, reason: "" };
  const packages = absent.map((tool) => table[tool].debianPackage).join(" ");
  return { run: false, reason: `${absent.join(", ")} not found; apt-get install ${packages}` };
}

/** A suite that needs tools; without them it is skipped with the reason in its name. */
export function describeNeeding(tools: readonly Tool[], name: string, body: () => void): void {
  const { run, reason } = need(...tools);
  describe.skipIf(!run)(run ? name : `${name} [skipped: ${reason}]`, body);
}
