/** Observing, end to end: a real edge whose log nobody reads, one with a log file and a trace collector. */
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { antipode, freePort, type Running, until } from "./processes.ts";

const stopped: (() => Promise<void>)[] = [];
let origin: Server;
const seenByOrigin: Record<string, string | string[] | undefined>[] = [];

beforeAll(async () => {
  origin = createServer((request, response) => {
    seenByOrigin.push(request.headers);
    response.setHeader("cache-control", "max-age=60").end("x".repeat(100));
  });
  await once(origin.listen(0, "127.0.0.1"), "listening");
});
afterEach(async () => {
  for (const stop of stopped.splice(0)) await stop();
});
afterAll(() => void origin.close());

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function edge(flags: readonly string[]): Promise<Running & { readonly url: string; readonly admin: string }> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const listen = ["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${adminPort}`];
  const running = await antipode(
    ["edge", "--origin", `http://127.0.0.1:${portOf(origin)}`, ...listen, ...flags],
    /READY/,
  );
  stopped.push(() => running.stop());
  return { ...running, url: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${adminPort}` };
}

async function metric(admin: string, name: string): Promise<number> {
  const page = await (await fetch(`${admin}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.*)$`, "m").exec(page)?.[1]);
}

it("serves as before when nobody reads its log, and counts the lines that are lost", { timeout: 60_000 }, async () => {
  const { url, admin, child } = await edge(["--access-log", "json"]);
  child.stdout?.pause();
  const requests = 40_000;
  const target = `/${"long".repeat(100)}`;
  await (await fetch(url + target)).text();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answers = 0;
  let tail = "";
  socket.on("data", (chunk) => {
    const text = tail + chunk.toString("latin1");
    answers += text.split("HTTP/1.1 200 ").length - 1;
    // A status line may be cut between two chunks.
    tail = text.slice(-12);
  });
  const request = `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
  for (let sent = 0; sent < requests; sent += 100) {
    if (!socket.write(request.repeat(100))) await once(socket, "drain");
  }
  await until("all answers", async () => answers === requests);
  socket.destroy();
  await until("lines to be lost", async () => (await metric(admin, "antipode_log_lines_dropped_total")) > 1_000);
  expect(await metric(admin, "process_resident_memory_bytes")).toBeLessThan(500_000_000);
  // Its end is no later for it, either.
  await stopped.pop()?.();
});

it("logs to a file that may be moved away, and ends with every line written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "antipode-log-"));
  stopped.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "access.log");
  const running = await edge(["--access-log", "combined", "--access-log-file", file]);
  await (await fetch(`${running.url}/first?token=s3cret`)).text();
  await until("the first line", async () => (await readFile(file, "utf8")).includes("/first"));
  await rename(file, `${file}.moved`);
  running.child.kill("SIGHUP");
  await until("the file to be made anew", async () => {
    await (await fetch(`${running.url}/second`)).text();
    return (await readFile(file, "utf8")).includes("/second");
  });
  await (await fetch(`${running.url}/last`)).text();
  await running.stop();
  expect(await readFile(`${file}.moved`, "utf8")).toMatch(
    /^127\.0\.0\.0 - - \[.*\] "GET \/first\?token=\[hidden\] HTTP/,
  );
  expect(await readFile(file, "utf8")).toMatch(/"GET \/last HTTP\/1\.1" 200 100 "-" "[^"]*"\n$/);
});

it("continues a trace to the origin and exports its span", async () => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      response.end("{}");
    });
  });
  await once(collector.listen(0, "127.0.0.1"), "listening");
  stopped.push(async () => void collector.close());
  const flags = ["--otlp", `http://127.0.0.1:${portOf(collector)}`, "--trace-share", "0", "--trust-proxy", "127.0.0.1"];
  const running = await edge(flags);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  seenByOrigin.length = 0;
  await (await fetch(`${running.url}/traced`, { headers: { traceparent, tracestate: "a=1" } })).text();
  const told = String(seenByOrigin[0]?.traceparent);
  expect(told).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  expect(told).not.toBe(traceparent);
  expect(seenByOrigin[0]?.tracestate).toBe("a=1");
  await running.stop();
  const [span] = JSON.parse(bodies[0] ?? "{}").resourceSpans[0].scopeSpans[0].spans;
  expect(span).toMatchObject({ traceId, spanId: told.slice(36, 52), parentSpanId: "00f067aa0ba902b7" });
});

it("tells where the time went to whom has the token, and to nobody else", async () => {
  const token = "0123456789abcdef";
  const { url } = await edge(["--debug-token", token]);
  const timing = async (headers: Record<string, string>): Promise<string | null> =>
    (await fetch(`${url}/timed`, { headers })).headers.get("server-timing");
  expect(await timing({ "x-antipode-debug": token })).toMatch(
    /^antipode;dur=\d+;desc="edge stored", upstream;dur=\d+;/,
  );
  expect(await timing({ "x-antipode-debug": token })).toMatch(/^antipode;dur=\d+;desc="edge hit"$/);
  expect(await timing({ "x-antipode-debug": `${token}0` })).toBeNull();
  expect(await timing({})).toBeNull();
});
