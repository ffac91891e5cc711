/** One process of the run of mutants: an origin, an edge and clients of its own. Arguments: seed, first number, count. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { RequestRecord } from "../../core/record.ts";
import { edgeBefore } from "./edge-under-test.ts";
import type { ShareResult } from "./mutant-result.ts";
import { mutant, seededRandom } from "./mutate.ts";

const AT_ONCE = 48;
const BATCH = 10_000;
/** Batches after which the memory counts as warmed up. */
const WARM_UP_BATCHES = 5;
/** Unfinished requests are the commonest mutants: nobody waits long for their rest. */
const LIMITS = {
  ...{ silenceMs: 60, headersMs: 60, requestMs: 60, bodyGraceMs: 60, keepAliveMs: 60, lingerMs: 20 },
  timerGranularityMs: 10,
};

/** What one side has and the other has not: request → count. */
class Balance {
  readonly #counts = new Map<string, number>();
  total = 0;

  add(request: string, count: 1 | -1): void {
    const sum = (this.#counts.get(request) ?? 0) + count;
    if (sum === 0) this.#counts.delete(request);
    else this.#counts.set(request, sum);
    if (count === 1) this.total += 1;
  }

  take(): [string, number][] {
    const open = [...this.#counts];
    this.#counts.clear();
    return open;
  }
}

/** One connection: all bytes, cut once at random; resolves when the edge closes it. */
function send(port: number, bytes: Buffer, cutAt: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    socket.write(bytes.subarray(0, cutAt));
    setImmediate(() => socket.write(bytes.subarray(cutAt)));
  });
}

/** An origin with Node's parser, which takes each whole request off the balance. */
async function otherParser(balance: Balance): Promise<{ readonly port: number; close(): void }> {
  const origin = createServer({ keepAliveTimeout: 60_000 }, (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    // Torn requests never end.
    request.on("end", () => {
      balance.add(`${request.method} ${request.url}`, -1);
      response.writeHead(200, { "cache-control": "no-store", "content-length": 2 });
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const address = origin.address();
  const close = (): void => {
    origin.closeAllConnections();
    origin.close();
  };
  return { port: address !== null && typeof address === "object" ? address.port : 0, close };
}

async function share(seed: number, first: number, count: number): Promise<ShareResult> {
  const balance = new Balance();
  const outcomes: Record<string, number> = {};
  const origin = await otherParser(balance);
  const onRecord = (record: RequestRecord): void => {
    outcomes[record.outcome] = (outcomes[record.outcome] ?? 0) + 1;
    if (record.forward !== undefined && record.complete && record.status === 200) {
      balance.add(`${record.method} ${record.target}`, 1);
    }
  };
  const under = await edgeBefore(origin.port, { limits: LIMITS, onRecord });
  const differences: string[] = [];
  const random = seededRandom(seed);
  let done = 0;
  let rssAfterWarmUp = 0;
  const worker = async (end: number): Promise<void> => {
    while (done < end) {
      const number = first + done;
      done += 1;
      const bytes = Buffer.from(mutant(random, number), "latin1");
      await send(under.edge.listening.port, bytes, Math.floor(random() * bytes.length));
    }
  };
  try {
    while (done < count) {
      const end = Math.min(done + BATCH, count);
      await Promise.all(Array.from({ length: AT_ONCE }, () => worker(end)));
      // What the edge gave up may still be on its way to the origin.
      await new Promise((resolve) => setTimeout(resolve, 150));
      for (const [request, open] of balance.take())
        if (differences.length < 100) differences.push(`${open} ${request}`);
      if (done === BATCH * WARM_UP_BATCHES || (rssAfterWarmUp === 0 && done >= count)) {
        rssAfterWarmUp = process.memoryUsage().rss;
      }
      if (done % (BATCH * WARM_UP_BATCHES) === 0) process.send?.({ done, differences: differences.length });
    }
  } finally {
    await under.close();
    origin.close();
  }
  return {
    mutants: done,
    requestsAnsweredByTheOrigin: balance.total,
    differences,
    errors: under.errors.slice(0, 10).map(String),
    rssGrowthBytes: process.memoryUsage().rss - rssAfterWarmUp,
    outcomes,
  };
}

const [seed = 0, first = 0, count = 0] = process.argv.slice(2).map(Number);
const result = await share(seed, first, count);
process.send?.({ result });
process.disconnect?.();
