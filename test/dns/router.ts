/** A real router as a name server, for runs that load it: three edges that nobody runs, no limits by network. */
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "dns-packet";
import { antipode, freePort } from "../e2e/processes.ts";

/** The router of a run. */
export interface DnsRouter {
  readonly port: number;
  residentBytes(): Promise<number>;
  /** Whether a good query still has an answer. */
  answers(): Promise<boolean>;
  stop(): Promise<void>;
}

/** Its config: sites under `shop.test`, a zone, and names for a bench under `bench.test`. */
export function dnsRouterConfig(): object {
  const edge = (index: number, at: readonly [number, number]) => ({ at, addresses: [`192.0.2.${index}`] });
  return {
    sites: { shop: { hosts: ["www.shop.test", "*.bench.test"], origins: [{ url: "https://origin.example.com" }] } },
    edges: { nyc: edge(1, [40.71, -74.01]), fra: edge(2, [50.11, 8.68]), syd: edge(3, [-33.87, 151.21]) },
    dns: { zones: { "cdn.test": { records: [{ name: "@", type: "TXT", data: "hello" }] } } },
    settings: { dnsAnswersPerPrefixPerSecond: 0, dnsErrorsPerPrefixPerSecond: 0 },
  };
}

/** Starts it. */
export async function startDnsRouter(): Promise<DnsRouter> {
  const folder = mkdtempSync(join(tmpdir(), "antipode-dns-"));
  const config = join(folder, "antipode.config.json");
  writeFileSync(config, JSON.stringify(dnsRouterConfig()));
  const [port, http, admin] = [await freePort(), await freePort(), await freePort()];
  const listen = ["--http", `127.0.0.1:${http}`, "--dns", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${admin}`];
  const router = await antipode(["router", "--config", config, ...listen], /READY/);
  return {
    port,
    residentBytes: async () => {
      const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
      return Number(/^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1]);
    },
    answers: () => isAnswered(port),
    stop: async () => {
      await router.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const ANSWER_MS = 5_000;

async function isAnswered(port: number): Promise<boolean> {
  const client = createSocket("udp4");
  try {
    return await new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), ANSWER_MS);
      client.on("message", (bytes) => {
        clearTimeout(late);
        resolve(((bytes[3] ?? 0) & 15) === 0 && (bytes[7] ?? 0) > 0);
      });
      client.send(
        encode({ type: "query", id: 1, questions: [{ name: "www.shop.test", type: "A" }] }),
        port,
        "127.0.0.1",
      );
    });
  } finally {
    client.close();
  }
}
