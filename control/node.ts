/** Control on Node: the app, the watch over the nodes, one listener. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Clock } from "../core/ports.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { ProcessMetrics } from "../runtime/node/process-metrics.ts";
import { controlApp } from "./app.ts";
import { type AskAdmin, NodeWatch } from "./node-watch.ts";
import { watchedNodes } from "./watched-nodes.ts";

const ASK_TIMEOUT_MS = 800;
const ANSWER_MAX_BYTES = 1024 * 1024;
const STOP_GRACE_MS = 1_000;

/** Where to listen. */
interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A running control. */
export interface RunningControl {
  readonly listening: HostPort;
  close(): Promise<void>;
}

/** Starts control. Fails when it cannot listen. */
export async function startControl(
  options: { readonly config: unknown; readonly listen: HostPort; readonly version: string },
  clock: Clock = systemClock,
): Promise<RunningControl> {
  const watch = new NodeWatch({ nodes: watchedNodes(options.config), clock, ask: askAdmin });
  const { version } = options;
  const process = new ProcessMetrics();
  const processSamples = () => process.samples();
  const app = controlApp({ watch, clock, allowsHost: isLocalHost, version, processSamples });
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(options.listen.port, options.listen.host);
  await once(server, "listening");
  void watch.run();
  const { address, port } = server.address() as AddressInfo;
  return {
    listening: { host: address, port },
    close: async () => {
      watch.close();
      process.stop();
      const closed = once(server, "close");
      server.close();
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), STOP_GRACE_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Plain HTTP is served on loopback only, and only under this machine's own names. */
function isLocalHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}

/** Asks over HTTP; whatever goes wrong is silence. */
const askAdmin: AskAdmin = async (url) => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), redirect: "error" });
    const length = Number(response.headers.get("content-length") ?? 0);
    const isJson = response.headers.get("content-type")?.includes("json") === true && length <= ANSWER_MAX_BYTES;
    const text = isJson ? await response.text() : "";
    if (!isJson) await response.body?.cancel();
    return { status: response.status, json: isJson ? JSON.parse(text) : undefined };
  } catch {
    return undefined;
  }
};
