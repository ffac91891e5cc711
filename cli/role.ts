/** What the commands that serve have in common: trusted proxies, the access log, READY, stopping. */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { type Cidr, parseCidr } from "../core/net/address.ts";
import type { RequestRecord } from "../core/record.ts";
import { AccessLog } from "../runtime/node/access-log.ts";
import { UsageError } from "./args.ts";
import type { HostPort } from "./flag-kinds.ts";

/** Flags of every role that answers the public. */
export const ROLE_FLAGS = {
  trustProxy: {
    kind: "list",
    placeholder: "CIDR",
    help: "Believe X-Forwarded-For from these proxies only; may be repeated.",
  },
  accessLog: {
    kind: "string",
    choices: ["json", "off"],
    default: "off",
    help: "Print one JSON line per request on standard output.",
  },
} as const;

/** Ranges of `--trust-proxy`. */
export function trustedProxies(texts: readonly string[] | undefined): readonly Cidr[] {
  return (texts ?? []).map((text) => {
    const range = parseCidr(text);
    if (range === undefined) {
      throw new UsageError(`--trust-proxy "${text}" is no address range; write for example 10.0.0.0/8 or 192.0.2.7`);
    }
    return range;
  });
}

/** Where records go. */
export function recordSink(mode: "json" | "off"): (record: RequestRecord) => void {
  if (mode === "off") return () => {};
  const log = new AccessLog(process.stdout);
  return (record) => log.write(record);
}

/** A bug of ours: said once, with its stack, and the process goes on with the next request. */
export function reportBug(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`internal error (please report it): ${text}\n`);
}

/** Says on standard error that a role serves, and where. */
export function sayReady(role: string, listeners: Readonly<Record<string, HostPort | undefined>>): void {
  const parts = Object.entries(listeners).flatMap(([name, at]) => (at === undefined ? [] : [`${name}=${shown(at)}`]));
  process.stderr.write(`READY ${role} ${parts.join(" ")}\n`);
}

function shown({ host, port }: HostPort): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Settles at the first SIGTERM or SIGINT. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}

/** The version of this Antipode. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8"));
  return String(text);
}
