/** A router as a name server: asked by dig, with edges that live and die. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../need.ts";
import { antipode, freePort, type Running, until } from "./processes.ts";

const run = promisify(execFile);
const PLACES = { nyc: [40.71, -74.01], fra: [50.11, 8.68], syd: [-33.87, 151.21] } as const;
const ADDRESS = { nyc: "192.0.2.1", fra: "192.0.2.2", syd: "192.0.2.3" } as const;
const CLIENT = { "New York": "216.165.1.0/24", Frankfurt: "141.2.1.0/24", Sydney: "129.78.1.0/24" } as const;

describeNeeding(["dig"], "a router with --dns", () => {
  const folder = mkdtempSync(join(tmpdir(), "antipode-dns-"));
  const edges = new Map<string, Server>();
  let router: Running;
  let port = 0;

  beforeAll(async () => {
    const configs: Record<string, object> = {};
    for (const [index, [id, at]] of Object.entries(PLACES).entries()) {
      const server = createServer((_, response) => response.writeHead(200, { "antipode-edge": id }).end("ok\n"));
      const edgePort = await freePort();
      await new Promise<void>((resolve) => server.listen(edgePort, "127.0.0.1", resolve));
      edges.set(id, server);
      configs[id] = { at, region: id, addresses: [`192.0.2.${index + 1}`], listen: `http://127.0.0.1:${edgePort}` };
    }
    const config = join(folder, "antipode.config.json");
    const sites = { shop: { hosts: ["www.shop.test"], origins: [{ url: "https://origin.example.com" }] } };
    const records = [{ name: "@", type: "CAA", data: '0 issue "letsencrypt.org"' }];
    const dns = { nameServers: ["ns1.cdn.test"], zones: { "cdn.test": { records } } };
    writeFileSync(config, JSON.stringify({ sites, edges: configs, dns }));
    port = await freePort();
    const listen = ["--http", `127.0.0.1:${await freePort()}`, "--dns", `127.0.0.1:${port}`];
    router = await antipode(["router", "--config", config, ...listen], /syd: unknown → up/);
    await until("all edges to be well", async () => (router.output().match(/unknown → up/g)?.length ?? 0) === 3);
  });

  afterAll(async () => {
    await router.stop();
    for (const server of edges.values()) server.close();
    rmSync(folder, { recursive: true });
  });

  const dig = async (...words: string[]) =>
    (await run("dig", ["@127.0.0.1", "-p", `${port}`, "+tries=1", "+time=2", ...words])).stdout;
  const addresses = async (client: string, name = "www.shop.test") =>
    (await dig("+short", name, `+subnet=${client}`)).trim().split("\n");

  test("each client is told the edge beside it, and one elsewhere", async () => {
    expect(await addresses(CLIENT["New York"])).toEqual([ADDRESS.nyc, ADDRESS.fra]);
    expect((await addresses(CLIENT.Frankfurt, "shop.cdn.test"))[0]).toBe(ADDRESS.fra);
    expect((await addresses(CLIENT.Sydney))[0]).toBe(ADDRESS.syd);
  });

  test("over UDP and TCP, with the scope, a good cookie, and authority", async () => {
    const text = await dig("www.shop.test", `+subnet=${CLIENT.Sydney}`);
    expect(text).toMatch(/flags: qr aa rd/);
    expect(text).toContain("CLIENT-SUBNET: 129.78.1.0/24/24");
    expect(text).toContain("(good)");
    expect(await dig("+tcp", "+short", "cdn.test", "CAA")).toBe('0 issue "letsencrypt.org"\n');
    expect(await dig("+short", "cdn.test", "NS")).toBe("ns1.cdn.test.\n");
  });

  test("what is not ours is refused, what does not exist is said not to", async () => {
    expect(await dig("example.com")).toContain("status: REFUSED");
    expect(await dig("nope.cdn.test")).toContain("status: NXDOMAIN");
    expect(await dig("+tcp", "cdn.test", "AXFR")).toContain("Transfer failed");
  });

  test("an edge that dies is named no more within three seconds, and its neighbours never stop being", async () => {
    const server = edges.get("syd");
    server?.closeAllConnections();
    server?.close();
    const killedAtMs = performance.now();
    await until("Sydney to be told of another edge", async () => {
      const told = await addresses(CLIENT.Sydney);
      expect(told.length).toBeGreaterThan(0);
      return !told.includes(ADDRESS.syd);
    });
    const tookMs = performance.now() - killedAtMs;
    // The bound of three seconds is that of a machine with nothing else to do: `npm run long` measures there.
    expect(tookMs).toBeLessThan(10_000);
    expect((await addresses(CLIENT["New York"]))[0]).toBe(ADDRESS.nyc);
  });
});
