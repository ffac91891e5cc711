/** An edge that serves the sites of a ledger: its keeper and follower, an origin, and clients that ask without a break. */
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { defaultSettings } from "../../core/config/settings.ts";
import type { VersionedSite } from "../../core/config/site-book.ts";
import { type EdgeOptions, startEdge } from "../../edge/node.ts";
import { SiteKeeper, type SiteKeeperParts } from "../../fleet/site-keeper.ts";
import { poolLimits } from "../../origin/pool-limits.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { nodeDisk } from "../../runtime/node/node-disk.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";
import { ledgerFolder } from "./control-under-test.ts";
import { atEnd } from "./running.ts";

/** An edge and what it serves. */
export interface FleetEdge {
  readonly keeper: SiteKeeper;
  /** What it said to the operator. */
  readonly said: readonly string[];
  /** Bugs of ours that a request woke. */
  readonly bugs: readonly unknown[];
  /** Takes sites over, as a follower makes it do. */
  adopt(sites: ReadonlyMap<string, VersionedSite>): ReturnType<SiteKeeper["adopt"]>;
  /** The status of one request for a host. */
  ask(host: string, path?: string): Promise<number>;
}

/** Starts one; `prepare` is where a test puts faults into what compiles. */
export async function fleetEdge(options: Partial<Pick<SiteKeeperParts, "prepare" | "clock">> = {}): Promise<FleetEdge> {
  const { prepare, clock = systemClock } = options;
  const folder = ledgerFolder();
  atEnd(folder.remove);
  const said: string[] = [];
  const bugs: unknown[] = [];
  const keeper = new SiteKeeper({
    ...{ disk: nodeDisk(folder.path), clock, generationsKept: 5, say: (line: string) => said.push(line) },
    ...(prepare && { prepare }),
  });
  keeper.start();
  atEnd(() => keeper.stop());
  const upstream = new NodeUpstream();
  atEnd(() => upstream.destroy());
  const parts: EdgeOptions = {
    ...{
      id: "fra",
      version: "test",
      listen: { host: "127.0.0.1", port: 0 },
      admin: undefined,
      memoryBytes: 10_000_000,
    },
    ...{ limits: defaultSettings, hitForPassKeysMax: 10, upstream, trustedProxies: [] },
    poolLimits: poolLimits(defaultSettings),
    findSite: keeper.findSite,
    onRecord: () => {},
    onError: (error) => bugs.push(error),
  };
  const edge = await startEdge(parts, clock);
  atEnd(() => edge.drain(0));
  const agent = new Agent({ keepAlive: true });
  atEnd(() => agent.destroy());
  const adopt: FleetEdge["adopt"] = (sites) => {
    const adoption = keeper.adopt(sites);
    edge.adoptSites(keeper.sites());
    return adoption;
  };
  const ask: FleetEdge["ask"] = async (host, path = "/") => {
    const { port } = edge.listening;
    const sent = request({ agent, port, host: "127.0.0.1", path, headers: { Host: host } }).end();
    const [response] = await once(sent, "response");
    response.resume();
    await once(response, "end");
    return response.statusCode;
  };
  return { keeper, said, bugs, adopt, ask };
}

/** An origin that answers everything with 200, and may be kept for a minute. Gives its URL. */
export async function goodOrigin(): Promise<string> {
  const server = createServer((_, response) => response.end("good"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

/** Clients that ask hosts in turn, one request after the other. */
export interface Traffic {
  /** What did not end with 200. */
  readonly failures: readonly string[];
  readonly count: number;
  /** Settles after so many more. */
  more(count: number): Promise<void>;
  /** Settles when the last one is answered. */
  end(): Promise<void>;
}

/** Begins to ask; every third request is of a path that no cache has. */
export function trafficOf(edge: FleetEdge, hosts: readonly string[]): Traffic {
  const failures: string[] = [];
  let count = 0;
  let isOver = false;
  const wake: (() => void)[] = [];
  const run = async () => {
    while (!isOver) {
      const host = hosts[count % hosts.length] ?? "";
      count += 1;
      const status = await edge.ask(host, count % 3 === 0 ? `/${count}` : "/").catch(String);
      if (status !== 200) failures.push(`${host}: ${status}`);
      for (const action of wake.splice(0)) action();
    }
  };
  const ended = run();
  atEnd(() => {
    isOver = true;
  });
  const next = () => new Promise<void>((resolve) => void wake.push(resolve));
  return {
    failures,
    get count() {
      return count;
    },
    more: async (wanted) => {
      for (const until = count + wanted; count < until; ) await next();
    },
    end: async () => {
      isOver = true;
      await ended;
    },
  };
}
