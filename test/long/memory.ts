/** `--memory` is what an edge takes: it holds what it should, and the process stays near it, whatever comes. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { antipode, freePort } from "../e2e/processes.ts";
import { askKept, type KeptCounts } from "../load/kept-clients.ts";
import { metricsOf } from "../load/metrics-of.ts";
import type { LongContext } from "../long-run.ts";

export const name = "memory";
export const summary = "640 MiB hold 300,000 objects of 1 KiB; resident memory stays below 1.15 × that + 250 MiB";

const MIB = 1_048_576;
const MEMORY_MIB = Number(process.env.ANTIPODE_MEMORY_MIB ?? 640);
const STORE_BYTES = MEMORY_MIB * MIB;
const RESIDENT_MAX_BYTES = 1.15 * STORE_BYTES + 250 * MIB;
/** As many as 640 MiB shall hold. */
const OBJECTS_MIN = Math.floor((300_000 * MEMORY_MIB) / 640);
const OBJECTS_ASKED = Math.ceil(OBJECTS_MIN * 1.15);
const CONNECTIONS = 32;
const SAMPLE_MS = 250;
/** Of the objects that come after the small ones, in turn. */
const MIXED_BYTES = [200, 1_024, 3_000, 9_000, 20_000, 70_000];
const SAMPLED = ["antipode_store_entries", "antipode_store_bytes", "process_resident_memory_bytes"] as const;
const BODY = Buffer.alloc(Math.max(...MIXED_BYTES), "x");

/** `/<bytes>/<anything>` */
function origin(request: IncomingMessage, response: ServerResponse): void {
  const bytes = Number(request.url?.split("/")[1]);
  response.writeHead(200, {
    "content-type": "text/plain",
    "cache-control": "max-age=3600",
    etag: `"${request.url}"`,
    "last-modified": "Mon, 23 Nov 2026 10:00:00 GMT",
    "content-length": bytes,
  });
  response.end(BODY.subarray(0, bytes));
}

/** The largest of each figure, until stopped. */
function peaks(adminPort: number) {
  const peak = { antipode_store_entries: 0, antipode_store_bytes: 0, process_resident_memory_bytes: 0 };
  const look = async (): Promise<void> => {
    const now = await metricsOf(adminPort, SAMPLED).catch(() => undefined);
    for (const each of SAMPLED) peak[each] = Math.max(peak[each], now?.[each] ?? 0);
  };
  const timer = setInterval(look, SAMPLE_MS);
  return { peak, look, stop: () => clearInterval(timer) };
}

function upTo(count: number, target: (number: number) => string): () => string | undefined {
  let asked = 0;
  return () => {
    asked += 1;
    return asked <= count ? target(asked) : undefined;
  };
}

/** What is asked for, part by part. */
const PARTS: Readonly<Record<string, () => () => string | undefined>> = {
  "small objects": () => upTo(OBJECTS_ASKED, (number) => `/1024/${number}`),
  // The newest: they are there.
  "hits on many": () => upTo(OBJECTS_MIN / 2, (number) => `/1024/${OBJECTS_ASKED - number}`),
  "hits on many, again": () => upTo(OBJECTS_MIN / 2, (number) => `/1024/${OBJECTS_ASKED - number}`),
  // Large ones take the place of small ones that lie anywhere.
  "mixed sizes": () => upTo(OBJECTS_MIN / 6, (number) => `/${MIXED_BYTES[number % MIXED_BYTES.length]}/m${number}`),
  "small objects, again": () => upTo(OBJECTS_MIN / 6, (number) => `/1024/n${number}`),
};

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const server = createServer(origin).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const [port, adminPort] = [await freePort(), await freePort()];
  const words = ["edge", "--origin", `http://127.0.0.1:${originPort}`, "--listen", `127.0.0.1:${port}`];
  const edge = await antipode([...words, "--admin", `127.0.0.1:${adminPort}`, "--memory", `${MEMORY_MIB}mb`], /READY/);
  const watched = peaks(adminPort);
  const failed = (counts: KeptCounts): number => counts.broken + counts.answered - (counts.statuses["200"] ?? 0);
  try {
    const parts: object[] = [];
    let failures = 0;
    for (const [part, next] of Object.entries(PARTS)) {
      if (context.signal.aborted) throw new Error("interrupted");
      const counts = await askKept({ port, connections: CONNECTIONS, next: next() });
      await watched.look();
      const now = await metricsOf(adminPort, SAMPLED);
      failures += failed(counts);
      const residentMiB = Math.round(now.process_resident_memory_bytes / MIB);
      parts.push({ part, answered: counts.answered, entries: now.antipode_store_entries, residentMiB });
      context.log(`${part}: ${now.antipode_store_entries} entries, ${residentMiB} MiB resident`);
    }
    const { antipode_store_entries: entriesPeak, process_resident_memory_bytes: residentPeak } = watched.peak;
    const passed = failures === 0 && entriesPeak >= OBJECTS_MIN && residentPeak <= RESIDENT_MAX_BYTES;
    const inMiB = (bytes: number): number => Math.round(bytes / MIB);
    const resident = { residentPeakMiB: inMiB(residentPeak), residentMaxMiB: inMiB(RESIDENT_MAX_BYTES) };
    return { passed, memoryMiB: MEMORY_MIB, failures, entriesPeak, entriesMin: OBJECTS_MIN, ...resident, parts };
  } finally {
    watched.stop();
    await edge.stop();
    server.closeAllConnections();
    server.close();
  }
}
