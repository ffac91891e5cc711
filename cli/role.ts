/** What the commands that serve have in common: trusted proxies, READY, stopping. */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { type Cidr, parseCidr } from "../core/net/address.ts";
import { installLastResort } from "../runtime/node/last-resort.ts";
import { UsageError } from "./args.ts";
import type { HostPort } from "./flag-kinds.ts";
import { OBSERVING_FLAGS } from "./observing.ts";

/** Flags of every role that answers the public. */
export const ROLE_FLAGS = {
  trustProxy: {
    kind: "list",
    placeholder: "CIDR",
    help: "Believe X-Forwarded-For from these proxies only; may be repeated.",
  },
  proxyProtocol: {
    kind: "boolean",
    help: "Connections from the --trust-proxy ranges begin with a PROXY protocol header, version 1 or 2.",
  },
  reusePort: {
    kind: "boolean",
    help: "Share the addresses with another process of this role: start the new one, then stop the old one.",
  },
  ...OBSERVING_FLAGS,
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

/** Whose connections begin with a PROXY header: spread it over the options of a role. */
export function proxyProtocol(
  asked: boolean,
  trusted: readonly Cidr[],
): { readonly proxyProtocolFrom?: readonly Cidr[] } {
  if (!asked) return {};
  if (trusted.length > 0) return { proxyProtocolFrom: trusted };
  throw new UsageError("--proxy-protocol needs --trust-proxy: anybody could claim any address otherwise");
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

/** How long the log and the spans may take at the end. */
const OBSERVING_GRACE_MS = 2_000;

/** What a role does at its end. */
export interface Ending {
  /** Finishes what is under way. */
  drain(graceMs: number): Promise<void>;
  /** Writes what was recorded of it. */
  observation?: { close(graceMs: number): Promise<void> };
}

/**
 * Settles when the role was told to stop, and has finished what was under way. After a bug that nothing caught it says so,
 * ends in the same way, and the process exits with code 70.
 */
export async function untilStopped({ drain, observation }: Ending, graceMs: number): Promise<void> {
  const end = async (leftMs: number): Promise<void> => {
    await drain(leftMs);
    await observation?.close(OBSERVING_GRACE_MS);
  };
  installLastResort({ log: reportBug, drain: end, graceMs });
  await stopSignal();
  await end(graceMs);
}

/** Settles at the first SIGTERM or SIGINT. */
function stopSignal(): Promise<void> {
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
