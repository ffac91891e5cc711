/** The demo origin, a program: `node origin/demo/server.ts [--listen HOST:PORT]`. */
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createDemoServer } from "./demo-server.ts";
import { buildSite } from "./site.ts";

const SLOW_MS = 2_000;
const STOP_GRACE_MS = 1_000;
const USAGE = "usage: node origin/demo/server.ts [--listen 127.0.0.1:8090]";

/** The two parts of `--listen`, or undefined when it is not HOST:PORT. */
export function parseListen(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

function main(): void {
  const listen = parseListen(readListen());
  if (listen === undefined) fail(2, USAGE);
  const server = createDemoServer({ site: buildSite(), nowMs: () => Date.now(), slowMs: SLOW_MS });
  server.on("error", (error) => fail(1, `demo origin: ${error.message}`));
  server.listen(listen.port, listen.host, () => {
    const { address, port, family } = server.address() as AddressInfo;
    const host = family === "IPv6" ? `[${address}]` : address;
    process.stderr.write(`READY demo origin http=${host}:${port}\n`);
  });
  const stop = (): void => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), STOP_GRACE_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function readListen(): string {
  try {
    const { values } = parseArgs({ options: { listen: { type: "string", default: "127.0.0.1:8090" } } });
    return values.listen;
  } catch {
    return fail(2, USAGE);
  }
}

function fail(code: 1 | 2, line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}

if (import.meta.main) main();
