/**
 * Processor time of one routing decision: `node bench/route.ts [EDGES] [DECISIONS]`. Clients all over the world, a third
 * of them with measurements of their own, groups that have learned; one edge in ten is loaded, warming or down.
 */
import type { EdgeCondition } from "../core/health/fleet-health.ts";
import { Chooser } from "../core/route/choose.ts";
import { distanceKm } from "../core/route/distance.ts";
import { edgeSetOf } from "../core/route/edge-set.ts";
import { explainRoute } from "../core/route/explain.ts";
import { estimatedRttMs } from "../core/route/latency.ts";
import { LatencyModel, type RouteClient } from "../core/route/latency-model.ts";
import { learn } from "../core/route/learn.ts";
import type { RouteQuestion } from "../core/route/route-question.ts";
import { SeededRandom } from "../router/simulate/random.ts";

const [edgeCount = 200, decisions = 200_000] = process.argv.slice(2).map(Number);
const CLIENTS = 20_000;
const COUNTRIES = 60;

const random = new SeededRandom(1);
const somewhere = () => [random.next() * 130 - 60, random.next() * 360 - 180] as const;
const edges = Array.from({ length: edgeCount }, (_, index) => ({ id: `edge-${index}`, at: somewhere(), weight: 1 }));
const clients = Array.from({ length: CLIENTS }, (_, prefix): RouteClient => {
  const country = `C${Math.floor(random.next() * COUNTRIES)}`;
  return { prefix, place: { at: somewhere(), country, areaKm: 20 }, network: Math.floor(random.next() * 500) };
});
const conditions = edges.map(({ id }): EdgeCondition => {
  const odd = random.next();
  return {
    ...{ id, sinceMs: 0, downBecause: undefined, isKept: false, successRate: 1, heardAtMs: 0 },
    ...{ isDraining: false, isBehind: false, state: odd < 0.03 ? "down" : "up" },
    load: odd > 0.97 ? 0.85 : 0.5,
    warmth: odd > 0.93 && odd < 0.97 ? 0.5 : 1,
  };
});
const model = new LatencyModel(edgeSetOf(edges), 0);
for (const client of clients.slice(0, CLIENTS / 3)) {
  for (let sample = 0; sample < 8; sample += 1) {
    const edge = random.below(edgeCount);
    const at = edges[edge]?.at;
    const km = at === undefined || client.place === undefined ? 0 : distanceKm(client.place.at, at);
    const rttMs = estimatedRttMs(km) * (0.8 + 0.6 * random.next());
    learn(model, { client, edge, rttMs, kind: "beacon" }, 1000 * sample);
  }
}
const chooser = new Chooser(model, edges, 0);

function microsecondsOf(question: (index: number) => RouteQuestion, what: "choose" | "explain"): number {
  const run = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      if (what === "explain") explainRoute(chooser, edges, question(index), conditions, index);
      else {
        const { edge } = chooser.choose(question(index), conditions, index);
        chooser.order(3);
        chooser.assigned.add(edge, index);
      }
    }
  };
  const count = what === "explain" ? decisions / 20 : decisions;
  run(count / 10);
  const before = process.cpuUsage();
  run(count);
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / count) * 100) / 100;
}

const clientOf = (index: number) => clients[(index * 7919) % CLIENTS] ?? { prefix: undefined, place: undefined };
const result = {
  edges: edgeCount,
  decisions,
  microsecondsPerDecision: {
    byPrefix: microsecondsOf((index) => ({ client: clientOf(index) }), "choose"),
    byContent: microsecondsOf((index) => ({ client: clientOf(index), contentHash: index * 2_654_435 }), "choose"),
    explained: microsecondsOf((index) => ({ client: clientOf(index) }), "explain"),
  },
};
process.stdout.write(`${JSON.stringify(result)}\n`);
