/** One edge after the other on one address: the new one starts beside the old one, which is then told to stop. */
import { once } from "node:events";
import { createServer } from "node:http";
import { antipode, freePort, type Running } from "./processes.ts";
import { type SteadyCounts, type SteadyOptions, steadyClients } from "./steady-clients.ts";

/** What came of it. */
export interface Restarts {
  readonly restarts: number;
  readonly counts: SteadyCounts;
  /** Of the edges that were told to stop. */
  readonly exitCodes: readonly (number | null)[];
  readonly slowestDrainMs: number;
  /** Answers of the shared `/readyz` that were not 200, asked ten times a second. */
  readonly notReady: number;
  readonly seconds: number;
}

/** Restarts an edge so often while clients ask it. */
export async function rollingRestarts(
  times: number,
  clients: Omit<SteadyOptions, "port">,
  progress: (done: number, counts: SteadyCounts) => void = () => {},
): Promise<Restarts> {
  const origin = createServer((_request, response) => {
    response.writeHead(200, { "cache-control": "max-age=600", "content-length": 1_024 }).end(Buffer.alloc(1_024, "x"));
  });
  await once(origin.listen(0, "127.0.0.1"), "listening");
  const address = origin.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const [port, adminPort] = [await freePort(), await freePort()];
  const listen = ["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${adminPort}`, "--reuse-port"];
  const start = (): Promise<Running> =>
    antipode(["edge", "--origin", `http://127.0.0.1:${originPort}`, ...listen], /READY/);
  let edge = await start();
  const startMs = performance.now();
  const load = steadyClients({ ...clients, port });
  const exitCodes: (number | null)[] = [];
  let slowestDrainMs = 0;
  let notReady = 0;
  const watching = setInterval(async () => {
    const ready = await fetch(`http://127.0.0.1:${adminPort}/readyz`, { headers: { connection: "close" } }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!ready) notReady += 1;
  }, 100);
  try {
    for (let done = 0; done < times; done += 1) {
      const old = edge;
      edge = await start();
      const stopMs = performance.now();
      await old.stop();
      slowestDrainMs = Math.max(slowestDrainMs, performance.now() - stopMs);
      exitCodes.push(old.child.exitCode);
      progress(done + 1, load.counts);
    }
    clearInterval(watching);
    const counts = await load.stop();
    const seconds = Math.round((performance.now() - startMs) / 100) / 10;
    return { restarts: times, counts, exitCodes, slowestDrainMs: Math.round(slowestDrainMs), notReady, seconds };
  } finally {
    clearInterval(watching);
    await load.stop();
    await edge.stop();
    origin.closeAllConnections();
    origin.close();
  }
}
