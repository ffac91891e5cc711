/** How good routing is: cold, learned, under load, and when edges fail. `ROUTING_DATA` names the folder of measured round trips. */
import { distanceKm } from "../../core/route/distance.ts";
import { judge, type Quality, rounded } from "../../router/simulate/quality.ts";
import { readScenario } from "../../router/simulate/read-scenario.ts";
import type { Scenario } from "../../router/simulate/scenario.ts";
import { type SimulationResult, simulate } from "../../router/simulate/simulate.ts";
import { World } from "../../router/simulate/world.ts";
import type { LongContext } from "../long-run.ts";
import { coldChoices, movesOf } from "../routing/cold.ts";
import { falseDownsOf } from "../routing/false-downs.ts";
import { type FaultDay, faultDay } from "../routing/fault-day.ts";
import { type City, cloudPing, wonderNetwork } from "../routing/matrices.ts";
import { scenarioOf } from "../routing/scenario-of.ts";

export const name = "routing";
export const summary = "cold and learned choices beside the great circle and the oracle; failures, balance, switches";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const HOUR_MS = 3_600_000;
const FALSE_DOWN_DAYS = 30;
const BETTER_SHARE_MIN = 0.05;

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const folder = process.env.ROUTING_DATA;
  if (folder === undefined) throw new Error("set ROUTING_DATA to the folder of the measured round trips");
  const sets = {
    "wondernetwork-2018": wonderNetwork(folder),
    "aws-cloudping-2025": cloudPing(folder),
  };
  const plans = [
    { set: "wondernetwork-2018", edges: 28 },
    { set: "wondernetwork-2018", edges: 13 },
    { set: "wondernetwork-2018", edges: 60 },
    { set: "aws-cloudping-2025", edges: 10 },
  ] as const;
  const quality = plans.map(({ set, edges }) => {
    context.log(`${set}, ${edges} edges`);
    return {
      set,
      edges,
      jitterMs: 3,
      seeds: SEEDS.length,
      ...qualityOf(sets[set], edges),
    };
  });
  context.log("failures and load");
  const failures = failuresOf(sets["wondernetwork-2018"]);
  const steady = steadyOf(sets["wondernetwork-2018"]);
  const size = sizeOf();
  context.log("days on which much goes wrong");
  const days = ([1, 2, 3] as const).flatMap((seed) =>
    (["proxy", "redirect"] as const).map((mode) => faultDay(sets["wondernetwork-2018"], seed, mode)),
  );
  context.log(`${FALSE_DOWN_DAYS} days of 28 edges at 1 % loss`);
  const falseDowns = { days: FALSE_DOWN_DAYS, edges: 28, falseDowns: falseDownsOf(FALSE_DOWN_DAYS, 28) };
  const learned = quality.map((one) => one.learned);
  const passed =
    learned.every(({ worst }) => worst.within10ms >= 0.97 && worst.p95 <= 6 && worst.p99 <= 35) &&
    quality.every(isGoodCold) &&
    failures.every(({ outOfRotationMs, failedRequests }) => outOfRotationMs <= 3000 && failedRequests === 0) &&
    steady.maxLoadRatio <= 1.25 &&
    steady.switchesPerClientHour <= 0.1 &&
    size.cpuSeconds <= 10 &&
    days.every(isGoodDay) &&
    steady.falseDowns + falseDowns.falseDowns === 0;
  for (const { set, edges, ...rows } of quality) for (const line of tableOf(set, edges, rows)) context.log(line);
  return { passed, quality, failures, steady, size, days, falseDowns };
}

/**
 * Who has measured nothing is on average never worse off than by the map; and where others of the country have measured,
 * better by a twentieth of the users at least.
 */
function isGoodCold({ cold, greatCircle }: ReturnType<typeof qualityOf>): boolean {
  const isNeverWorse =
    cold.mean.within10ms >= greatCircle.mean.within10ms && cold.mean.meanMs <= greatCircle.mean.meanMs;
  return isNeverWorse && cold.withCompatriots.better >= BETTER_SHARE_MIN;
}

/** Redirected clients wait for an answer that a silent edge does not give: only a proxy asks the next one for them. */
function isGoodDay({ mode, unwellChosen, empty, failedRequests, falseDowns, ...day }: FaultDay): boolean {
  const isHeld = unwellChosen + empty + falseDowns === 0 && day.outOfRotationMsMax <= 3000;
  return isHeld && day.within10ms >= 0.97 && (mode === "redirect" || failedRequests === 0);
}

/** Ours, the great circle and the oracle, as means over the seeds. */
function tableOf(
  set: string,
  edges: number,
  rows: Readonly<Record<"greatCircle" | "cold" | "learned", { readonly mean: Numbers }>>,
): readonly string[] {
  const oracle = { within10ms: 1, optimal: 1, meanMs: 0, p95: 0, p99: 0 };
  const line = (name: string, { within10ms, optimal, meanMs, p95, p99 }: Numbers) =>
    [
      name.padEnd(14),
      ...[within10ms, optimal].map((share) => `${(100 * share).toFixed(1)} %`.padStart(8)),
      ...[meanMs, p95, p99].map((ms) => ms.toFixed(1).padStart(7)),
    ].join(" ");
  return [
    `${set}, ${edges} edges: within 10 ms, best edge, excess in ms: mean, p95, p99`,
    ...[line("ours, learned", rows.learned.mean), line("ours, cold", rows.cold.mean)],
    ...[line("great circle", rows.greatCircle.mean), line("oracle", oracle)],
  ];
}

/** Means over the seeds, and the worst of them. */
function summaryOf(results: readonly Quality[]): object & { mean: Numbers; worst: Numbers } {
  const numbers = results.map(({ within10ms, optimal, excessMs: { p95, p99, mean } }) => ({
    ...{ within10ms, optimal, meanMs: mean, p95, p99 },
  }));
  const over = (
    fold: (values: readonly number[]) => number,
    share: (values: readonly number[]) => number,
  ): Numbers => ({
    within10ms: rounded(share(numbers.map((one) => one.within10ms))),
    optimal: rounded(share(numbers.map((one) => one.optimal))),
    meanMs: rounded(fold(numbers.map((one) => one.meanMs))),
    p95: rounded(fold(numbers.map((one) => one.p95))),
    p99: rounded(fold(numbers.map((one) => one.p99))),
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: over(mean, mean),
    worst: over(
      (values) => Math.max(...values),
      (values) => Math.min(...values),
    ),
  };
}

interface Numbers {
  readonly within10ms: number;
  readonly optimal: number;
  readonly meanMs: number;
  readonly p95: number;
  readonly p99: number;
}

function qualityOf(cities: readonly City[], edges: number) {
  const scenarios = SEEDS.map((seed) =>
    good(scenarioOf(cities, { seed, edges, jitterMs: 3, pageViewsPerClient: 300 })),
  );
  const learned = scenarios.map((scenario) => simulate(scenario));
  const colds = scenarios.map((scenario) => ({
    scenario,
    choices: coldChoices(scenario),
  }));
  return {
    greatCircle: summaryOf(learned.map(({ greatCircle }) => greatCircle)),
    cold: {
      ...summaryOf(colds.map(({ scenario, choices }) => judge(new World(scenario), choices))),
      ...movesOf(colds),
    },
    learned: summaryOf(learned),
  };
}

function failuresOf(cities: readonly City[]): readonly { outOfRotationMs: number; failedRequests: number }[] {
  const base = scenarioOf(cities, {
    seed: 1,
    edges: 28,
    jitterMs: 3,
    pageViewsPerClient: 300,
  });
  const ids = good(base).edges.map(({ id }) => id);
  const events = ids.slice(0, 10).flatMap((edge, index) => [
    {
      atMs: 60_000 + index * 300_000,
      edge,
      set: index % 2 === 0 ? "down" : "blackhole",
    },
    { atMs: 180_000 + index * 300_000, edge, set: "up" },
  ]);
  return simulate(
    good({
      ...base,
      events,
      load: { requestsPerSecond: 100, durationMs: HOUR_MS },
    }),
  ).failover;
}

function steadyOf(
  cities: readonly City[],
): Pick<SimulationResult, "maxLoadRatio" | "switchesPerClientHour" | "falseDowns"> {
  const base = scenarioOf(cities, {
    seed: 1,
    edges: 28,
    jitterMs: 3,
    pageViewsPerClient: 300,
  });
  const load = { requestsPerSecond: 20, durationMs: 24 * HOUR_MS };
  const { maxLoadRatio, switchesPerClientHour, falseDowns } = simulate(
    good({ ...base, noise: { jitterMs: 3, probeLoss: 0.01 }, load }),
  );
  return { maxLoadRatio, switchesPerClientHour, falseDowns };
}

function sizeOf(): { readonly users: number; readonly edges: number; readonly cpuSeconds: number } {
  const random = (index: number, salt: number) =>
    ((Math.imul(index + 1, 2_654_435_761) ^ Math.imul(salt, 97)) >>> 0) / 2 ** 32;
  const place = (index: number, salt: number) => ({
    lat: random(index, salt) * 120 - 50,
    lon: random(index, salt + 1) * 360 - 180,
  });
  const edges = Array.from({ length: 28 }, (_, index) => ({
    id: `e${index}`,
    ...place(index, 1),
  }));
  const clients = Array.from({ length: 20_000 }, (_, index) => ({
    id: `c${index}`,
    country: `C${index % 60}`,
    ...place(index, 3),
  }));
  const rowOf = ({ lat, lon }: { readonly lat: number; readonly lon: number }) =>
    Object.fromEntries(edges.map((edge) => [edge.id, 4 + 0.017 * distanceKm([edge.lat, edge.lon], [lat, lon])]));
  const rttMs = Object.fromEntries(clients.map((client) => [client.id, rowOf(client)]));
  const learn = { pageViewsPerClient: 300 };
  const scenario = good({
    seed: 1,
    edges,
    clients,
    rttMs,
    noise: { jitterMs: 3 },
    learn,
  });
  const before = process.cpuUsage();
  const { users } = simulate(scenario);
  const { user, system } = process.cpuUsage(before);
  return {
    users,
    edges: edges.length,
    cpuSeconds: Math.round((user + system) / 1e5) / 10,
  };
}

function good(content: object): Scenario {
  const reading = readScenario(content);
  if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems.slice(0, 3)));
  return reading.scenario;
}
