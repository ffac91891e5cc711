/**
 * A million spoilt requests through a real edge: whatever we take for a request, the origin's parser — another one —
 * takes for the same request, and nothing else; no crash, no error of ours, no memory kept.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { RequestRecord } from "../../core/record.ts";
import { edgeBefore } from "../hostile/edge-under-test.ts";
import { mutant, seededRandom } from "../hostile/mutate.ts";
import type { LongContext } from "../long-run.ts";

export const name = "request-mutants";
export const summary = "10^6 mutated requests: requests parsed = requests seen by the origin, no crash, flat memory";

const MUTANTS = Number(process.env.ANTIPODE_MUTANTS ?? 1_000_000);
const AT_ONCE = 48;
const BATCH = 10_000;
/** Unfinished requests are the commonest mutants: nobody waits long for their rest. */
const LIMITS = {
  ...{ silenceMs: 60, headersMs: 60, requestMs: 60, bodyGraceMs: 60, keepAliveMs: 60, lingerMs: 20 },
  timerGranularityMs: 10,
};
const RSS_GROWTH_MAX_BYTES = 100_000_000;

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

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const balance = new Balance();
  const outcomes: Record<string, number> = {};
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
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const onRecord = (record: RequestRecord): void => {
    outcomes[record.outcome] = (outcomes[record.outcome] ?? 0) + 1;
    if (record.forward !== undefined && record.complete && record.status === 200) {
      balance.add(`${record.method} ${record.target}`, 1);
    }
  };
  const under = await edgeBefore(originPort, { limits: LIMITS, onRecord });
  const differences: string[] = [];
  const random = seededRandom(7);
  let done = 0;
  let rssAfterWarmUp = 0;
  try {
    while (done < MUTANTS && !context.signal.aborted) {
      const end = Math.min(done + BATCH, MUTANTS);
      const worker = async (): Promise<void> => {
        while (done < end) {
          const number = done;
          done += 1;
          const bytes = Buffer.from(mutant(random, number), "latin1");
          await send(under.edge.listening.port, bytes, Math.floor(random() * bytes.length));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      // What the edge gave up may still be on its way to the origin.
      await new Promise((resolve) => setTimeout(resolve, 150));
      for (const [request, count] of balance.take())
        if (differences.length < 100) differences.push(`${count} ${request}`);
      if (done === BATCH * 5 || (rssAfterWarmUp === 0 && done >= MUTANTS)) rssAfterWarmUp = process.memoryUsage().rss;
      if (done % (BATCH * 5) === 0) context.log(`${done} mutants, ${differences.length} differences`);
    }
  } finally {
    await under.close();
    origin.closeAllConnections();
    origin.close();
  }
  const rssGrowthBytes = process.memoryUsage().rss - rssAfterWarmUp;
  const { errors } = under;
  return {
    passed: done >= MUTANTS && differences.length === 0 && errors.length === 0 && rssGrowthBytes < RSS_GROWTH_MAX_BYTES,
    mutants: done,
    requestsAnsweredByTheOrigin: balance.total,
    differences,
    errors: errors.slice(0, 10).map(String),
    rssGrowthBytes,
    outcomes,
  };
}
