/** A million mutants of DNS queries to the server's code, and part of them to a real router, which goes on answering. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { checkDnsMutant, dnsMutant } from "../dns/mutants.ts";
import { startDnsRouter } from "../dns/router.ts";
import type { LongContext } from "../long-run.ts";

/** The same as the module's name. */
export const name = "dns-mutants";
/** For the list. */
export const summary = "10^6 mutants of DNS queries: no crash, no answer that does not fit, no growth of a real router";

const MUTANTS = Number(process.env.ANTIPODE_MUTANTS ?? 1_000_000);
const SENT = Math.floor(MUTANTS / 4);
const BATCH = 50_000;
const [SHOWN_MAX, BURST] = [10, 50];
const GROWTH_MAX_BYTES = 64 * 1_048_576;

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const inProcess = await checkAll(context);
  const real = await sendAll(context);
  return { passed: inProcess.failures === 0 && real.passed, mutants: MUTANTS, ...inProcess, real };
}

async function checkAll({ log, signal }: LongContext) {
  const broken: string[] = [];
  let failures = 0;
  for (let seed = 1; seed <= MUTANTS; seed += 1) {
    try {
      checkDnsMutant(seed);
    } catch (error) {
      failures += 1;
      if (broken.length < SHOWN_MAX) broken.push(`seed ${seed}: ${error}`);
    }
    if (seed % BATCH !== 0) continue;
    log(`${seed} mutants, ${failures} failures`);
    await setImmediate();
    if (signal.aborted) throw new Error("interrupted");
  }
  return { failures, broken };
}

/** To a real router over UDP; its memory is looked at once it has seen a tenth of them, and at the end. */
async function sendAll({ log, signal }: LongContext) {
  const router = await startDnsRouter();
  const client = createSocket("udp4");
  let answers = 0;
  client.on("message", () => {
    answers += 1;
  });
  try {
    let warmBytes = 0;
    for (let seed = 1; seed <= SENT; seed += 1) {
      client.send(dnsMutant(seed), router.port, "127.0.0.1");
      if (seed === Math.floor(SENT / 10)) warmBytes = await router.residentBytes();
      if (seed % BURST === 0) await pause(1);
      if (seed % BATCH === 0) log(`${seed} sent, ${answers} answers`);
      if (signal.aborted) throw new Error("interrupted");
    }
    const growthBytes = (await router.residentBytes()) - warmBytes;
    const isAlive = await router.answers();
    return { passed: isAlive && growthBytes < GROWTH_MAX_BYTES, sent: SENT, answers, growthBytes, isAlive };
  } finally {
    const closed = once(client, "close");
    client.close();
    await closed;
    await router.stop();
  }
}
