/** A control, three edges in three parts of the world and a router as processes of this machine; edges can be ended, stopped and mended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { antipode, freePort, type Running } from "../e2e/processes.ts";
import { controlProcess } from "../ledger/control-process.ts";
import { siteConfig } from "../ledger/control-under-test.ts";

/** Where edges stand, each with a client address that GeoIP places beside it. */
const PLACES = [
  { id: "nyc", at: "40.71,-74.01", client: "216.165.1.1" },
  { id: "fra", at: "50.11,8.68", client: "141.2.1.1" },
  { id: "syd", at: "-33.87,151.21", client: "129.78.1.1" },
] as const;

/** One edge. */
export interface RoutedEdge {
  readonly id: string;
  /** An address beside it. */
  readonly client: string;
  running: Running;
  /** Starts it again after it was killed. */
  start(): Promise<void>;
}

/** What the router decides for an address, and what it thinks of its edges. */
export interface Decided {
  readonly choice: string;
  readonly health: ReadonlyMap<string, string>;
}

/** All of it. */
export interface RoutedFleet {
  readonly edges: readonly RoutedEdge[];
  /** Of the router's admin listener: `GET /v1/route`. */
  decide(client: string): Promise<Decided>;
  stop(): Promise<void>;
}

/** Starts it; settles when the router has seen every edge. */
export async function routedFleet(): Promise<RoutedFleet> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-failover-"));
  const control = await controlProcess(path.join(folder, "control"));
  const edges: RoutedEdge[] = [];
  let router: Running | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([router, ...edges.map(({ running }) => running)].map((one) => one?.stop("SIGKILL")));
    await control.kill();
    rmSync(folder, { recursive: true });
  };
  try {
    await control.ask("PUT", "/v1/sites/shop", siteConfig("shop.example"));
    const join = ["--control", control.url, "--join", path.join(folder, "control", "join.token")];
    for (const { id, at, client } of PLACES) {
      const listen = `127.0.0.1:${await freePort()}`;
      const words = ["edge", ...join, "--id", id, `--at=${at}`, "--listen", listen, "--data", path.join(folder, id)];
      const begin = () => antipode([...words, "--advertise", `http://${listen}`, "--memory", "16mb"], /READY/);
      const edge: RoutedEdge = {
        ...{ id, client, running: await begin() },
        start: async () => {
          edge.running = await begin();
        },
      };
      edges.push(edge);
    }
    const admin = `127.0.0.1:${await freePort()}`;
    const listen = ["--http", `127.0.0.1:${await freePort()}`, "--admin", admin, "--data", path.join(folder, "router")];
    router = await antipode(["router", ...join, ...listen], /READY/);
    return { edges, decide: (client) => decided(`http://${admin}/v1/route?ip=${client}`), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function decided(url: string): Promise<Decided> {
  const answer: unknown = await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json();
  if (typeof answer !== "object" || answer === null || !("choice" in answer) || !("candidates" in answer))
    throw new Error(`no decision: ${JSON.stringify(answer).slice(0, 300)}`);
  const candidates: readonly unknown[] = Array.isArray(answer.candidates) ? answer.candidates : [];
  const health = candidates.flatMap((one): [string, string][] =>
    typeof one === "object" && one !== null && "edge" in one && "health" in one
      ? [[String(one.edge), String(one.health)]]
      : [],
  );
  return { choice: String(answer.choice), health: new Map(health) };
}
