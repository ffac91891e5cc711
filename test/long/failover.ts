/**
 * Real edges are killed and black-holed (SIGSTOP: the kernel takes the connection, nobody answers), and no client asks for
 * anything: how long does the router still choose them?
 */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../hostile/mutate.ts";
import type { LongContext } from "../long-run.ts";
import { type RoutedEdge, type RoutedFleet, routedFleet } from "../routing/real-fleet.ts";

/** Its evidence file. */
export const name = "failover";
/** For the list. */
export const summary = "real edges killed and stopped, 5 times each: out of the router's decisions within 3 s";

const TIMES = 5;
const OUT_WITHIN_MS = 3_000;
/** Later than this it is given up. */
const GIVE_UP_MS = 10_000;
/** An edge that falls again within minutes is kept out for a while. */
const BACK_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 20;
/** So long it must stay away. */
const STAYS_MS = 300;

const FAULTS = ["SIGSTOP", "SIGKILL"] as const;
type Fault = (typeof FAULTS)[number];

interface Outage {
  readonly fault: Fault;
  readonly edge: string;
  readonly outOfRotationMs: number;
  /** After the fault no answer named it again. */
  readonly stayedOut: boolean;
}

/** Runs it. */
export async function run({ log, signal }: LongContext): Promise<object> {
  const fleet = await routedFleet();
  const random = seededRandom(1);
  const outages: Outage[] = [];
  try {
    for (const fault of FAULTS)
      for (let index = 0; index < TIMES && !signal.aborted; index += 1) {
        const edge = fleet.edges[index % fleet.edges.length];
        if (edge === undefined) continue;
        await allWell(fleet);
        // At any time between two probes.
        await sleep(1_000 * random());
        const outage = await outageOf(fleet, edge, fault);
        log(`${fault} ${edge.id}: out after ${outage.outOfRotationMs} ms`);
        outages.push(outage);
        await mend(edge, fault);
      }
  } finally {
    for (const { running } of fleet.edges) running.child.kill("SIGCONT");
    await fleet.stop();
  }
  const worstOf = (fault: Fault) =>
    Math.max(...outages.filter((one) => one.fault === fault).map(({ outOfRotationMs }) => outOfRotationMs));
  const worst = { killedMs: worstOf("SIGKILL"), blackHoledMs: worstOf("SIGSTOP") };
  const passed =
    outages.length === TIMES * FAULTS.length &&
    outages.every(({ outOfRotationMs, stayedOut }) => outOfRotationMs <= OUT_WITHIN_MS && stayedOut);
  return { passed, worst, outages };
}

async function outageOf(fleet: RoutedFleet, edge: RoutedEdge, fault: Fault): Promise<Outage> {
  const startMs = performance.now();
  edge.running.child.kill(fault);
  let outMs = GIVE_UP_MS;
  while (performance.now() - startMs < GIVE_UP_MS) {
    if ((await fleet.decide(edge.client)).choice !== edge.id) {
      outMs = performance.now() - startMs;
      break;
    }
    await sleep(ASK_EVERY_MS);
  }
  let stayedOut = true;
  for (const endMs = performance.now() + STAYS_MS; performance.now() < endMs; await sleep(ASK_EVERY_MS))
    stayedOut &&= (await fleet.decide(edge.client)).choice !== edge.id;
  return { fault, edge: edge.id, outOfRotationMs: Math.round(outMs), stayedOut };
}

async function mend(edge: RoutedEdge, fault: Fault): Promise<void> {
  if (fault === "SIGSTOP") edge.running.child.kill("SIGCONT");
  else await edge.start();
}

/** Every edge is up, and is what clients beside it get. */
async function allWell({ edges, decide }: RoutedFleet): Promise<void> {
  for (const endMs = performance.now() + BACK_WITHIN_MS; performance.now() < endMs; await sleep(100)) {
    const decisions = await Promise.all(edges.map(({ client }) => decide(client)));
    const isWell = ({ id }: RoutedEdge, index: number) =>
      decisions[index]?.choice === id && decisions[index].health.get(id) === "up";
    if (edges.every(isWell)) return;
  }
  throw new Error("the edges are not back in rotation");
}
