/** A purge from the command to the edge: control, an edge of its fleet and an origin as processes and sockets. */
import { execFile, spawn } from "node:child_process";
import { createServer, get } from "node:http";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { parseJoinToken } from "../../fleet/join-token.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { nodeSecrets } from "../../runtime/node/node-secrets.ts";
import { freePort } from "../e2e/processes.ts";
import { ledgerFolder, siteConfig } from "./control-under-test.ts";
import { atEnd, soon, startedControl } from "./running.ts";

const MAIN = path.join(import.meta.dirname, "..", "..", "cli", "main.ts");

/** A process, on a machine with much else to do. */
const STARTS_WITHIN_MS = 40_000;

/** An origin that counts, behind an edge of a fleet with the site `shop`. */
async function fleet() {
  let answers = 0;
  const origin = createServer((_, response) => {
    answers += 1;
    response.setHeader("cache-control", "max-age=600");
    response.setHeader("cache-tag", "everything");
    response.end(`answer ${answers}`);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => origin.once("listening", resolve));
  atEnd(() => origin.close());
  const control = await startedControl();
  const address = origin.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const site = {
    ...{ hosts: ["shop.example"], origins: [{ url: `http://127.0.0.1:${originPort}` }] },
    origin: { allowPrivate: true },
  };
  expect((await control.ask("PUT", "/v1/sites/shop", { body: site })).status).toBeLessThan(300);
  const port = await freePort();
  const data = ledgerFolder();
  atEnd(data.remove);
  const words = ["edge", "--id", "fra", "--listen", `127.0.0.1:${port}`, "--control", control.url];
  const edge = spawn(process.execPath, [MAIN, ...words, "--join", control.joinToken, "--data", data.path]);
  const ended = new Promise((resolve) => edge.once("close", resolve));
  atEnd(async () => {
    edge.kill("SIGKILL");
    await ended;
  });
  const ask = (target: string): Promise<string> => fetchAs("shop.example", port, target);
  await vi.waitFor(async () => expect(await ask("/")).toMatch(/^answer/), { ...soon, timeout: STARTS_WITHIN_MS });
  const env = { ...process.env, NO_COLOR: "1", ANTIPODE_CONTROL: control.url, ANTIPODE_TOKEN: control.adminToken };
  const antipode = (...line: string[]): Promise<{ code: number; out: string; error: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...line], { env }, (failure, out, error) => {
        resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
      });
    });
  return { control, ask, antipode };
}

function fetchAs(host: string, port: number, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get({ port, host: "127.0.0.1", path: target, headers: { host }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    });
    asked.on("error", reject);
  });
}

test("what the receipt calls applied is not served any more: by URL, tag and site", async () => {
  const { control, ask, antipode } = await fleet();
  for (const words of [["https://shop.example/a"], ["--tag", "everything"], ["--all", "--site", "shop"]]) {
    const before = await ask("/a");
    expect(await ask("/a"), "a hit").toBe(before);
    const purged = await antipode("purge", ...words);
    expect(purged).toMatchObject({ code: 0, error: "" });
    expect(purged.out).toMatch(/^purged at \S+\nEDGE +STATUS +AFTER\nfra +applied +\d+ ms\n/);
    expect(await ask("/a"), words.join(" ")).not.toBe(before);
  }
  const kept = await ask("/a");
  const dry = await control.ask("POST", "/v1/purge", { body: { site: "shop", tags: ["everything"], dryRun: true } });
  expect(dry.json.edges).toEqual([
    { id: "fra", objects: 1, bytes: kept.length, requestsPerMinute: expect.any(Number) },
  ]);
  expect(await ask("/a"), "a dry run purges nothing").toBe(kept);
  await antipode("purge", "https://shop.example/other", "--json");
  expect(await ask("/a"), "what was not named").toBe(kept);
  const { position } = (await control.ask("POST", "/v1/purge", { body: { site: "shop", all: true, waitMs: 5_000 } }))
    .json;
  const receipt = await control.ask("GET", `/v1/purges/${position}`);
  expect(receipt.json).toMatchObject({ position, edges: [{ id: "fra", status: "applied" }] });
  expect((await antipode("purge")).code).toBe(2);
}, 90_000);

test("a receipt is not waited for any more when who asked has left", async () => {
  // Every wait for a receipt is a call of the clock's within 20 ms.
  const waits = new Set<() => void>();
  const after = (delayMs: number, action: () => void) => {
    const done = () => {
      action();
      // By then the next one has begun, if there is one.
      setImmediate(() => waits.delete(done));
    };
    if (delayMs <= 20) waits.add(done);
    return systemClock.after(delayMs, done);
  };
  const control = await startedControl({ clock: { ...systemClock, after } });
  const { json: site } = await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  const token = nodeSecrets.newCredential("fra");
  const body = { id: "fra", credentialHash: nodeSecrets.hashOf(token) };
  await control.ask("POST", "/v1/enrol", { token: parseJoinToken(control.joinToken)?.secret ?? "", body });
  // An edge that is there and has not applied it.
  await control.ask("POST", "/v1/heartbeat", { token, body: { position: site.version } });
  const leaving = new AbortController();
  const asked = fetch(`${control.url}/v1/purge`, {
    method: "POST",
    headers: { authorization: `Bearer ${control.adminToken}` },
    body: JSON.stringify({ site: "shop", all: true, waitMs: 30_000 }),
    signal: leaving.signal,
  });
  await vi.waitFor(() => expect(waits.size).toBeGreaterThan(0), soon);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  // Well before the edge counts as silent, and is not waited for any more.
  await vi.waitFor(() => expect(waits.size).toBe(0), { timeout: 5_000, interval: 10 });
});
