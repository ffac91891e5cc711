/**
 * A day on which much goes wrong: edges killed, silent, slow, flapping, cut off from the router alone; one place in twenty
 * wrong; one client in twenty a liar about its round trips. Proxy and redirect, several seeds, with what must always hold.
 * Requests come as on a real day.
 */
import { VERDICT } from "../../core/route/verdict.ts";
import { SeededRandom } from "../../router/simulate/random.ts";
import { readScenario } from "../../router/simulate/read-scenario.ts";
import type { Scenario } from "../../router/simulate/scenario.ts";
import { type SimulationResult, simulate } from "../../router/simulate/simulate.ts";
import type { City } from "./matrices.ts";
import { rateShape } from "./rate-shape.ts";
import { scenarioOf } from "./scenario-of.ts";

/** What a day came to. */
export interface FaultDay {
  readonly seed: number;
  readonly mode: "proxy" | "redirect";
  readonly requests: number;
  readonly faults: number;
  /** Choices of an edge that is not well while another was; and answers of nobody. Both are never. */
  readonly unwellChosen: number;
  readonly empty: number;
  readonly failedRequests: number;
  readonly falseDowns: number;
  readonly outOfRotationMsMax: number;
  readonly within10ms: number;
  readonly greatCircleWithin10ms: number;
  readonly switchesPerClientHour: number;
}

const DAY_MS = 86_400_000;
const LIARS_EVERY = 20;
const WRONG_EVERY = 20;

/** Runs one. `hours`: shorter days for trials. */
export function faultDay(cities: readonly City[], seed: number, mode: FaultDay["mode"], hours = 24): FaultDay {
  const scenario = scenarioFor(cities, seed, mode, hours);
  const counts = { requests: 0, unwellChosen: 0, empty: 0 };
  const result = simulate(scenario, {
    answered: ({ choice: { edge, verdicts } }) => {
      counts.requests += 1;
      if (edge < 0) counts.empty += 1;
      // In panic nobody is well: then no other has a verdict of one that is.
      else if (verdicts[edge] === VERDICT.chosenInPanic && verdicts.some(isWell)) counts.unwellChosen += 1;
    },
  });
  return { seed, mode, ...counts, faults: scenario.events.length, ...summaryOf(result) };
}

function isWell(verdict: number): boolean {
  return verdict > VERDICT.chosenInPanic && verdict <= VERDICT.draining;
}

function summaryOf(result: SimulationResult) {
  const { failover, falseDowns, within10ms, greatCircle, switchesPerClientHour } = result;
  return {
    failedRequests: failover.reduce((sum, one) => sum + one.failedRequests, 0),
    outOfRotationMsMax: Math.max(0, ...failover.map(({ outOfRotationMs }) => outOfRotationMs)),
    ...{ falseDowns, within10ms, greatCircleWithin10ms: greatCircle.within10ms, switchesPerClientHour },
  };
}

function scenarioFor(cities: readonly City[], seed: number, mode: FaultDay["mode"], hours: number): Scenario {
  const random = new SeededRandom(seed * 7919);
  const base = scenarioOf(cities, { seed, edges: 28, jitterMs: 3, pageViewsPerClient: 300 });
  const [edges, honest, truth] = [asList(base.edges), asList(base.clients), asObject(base.rttMs)];
  const clients = honest.map((client, index) => {
    const other = honest[Math.floor(random.next() * honest.length)];
    return index % WRONG_EVERY === 3 && other !== undefined ? { ...client, lat: other.lat, lon: other.lon } : client;
  });
  const liars = honest.flatMap((client, index) =>
    index % LIARS_EVERY === 7 ? [{ ...client, id: `liar ${client.id}`, weight: 1e-9 }] : [],
  );
  const lie = () => Object.fromEntries(edges.map(({ id }) => [id, random.next() < 0.5 ? 1 : 1000 * random.next()]));
  const lies = Object.fromEntries(liars.map(({ id }) => [id, lie()]));
  const reading = readScenario({
    ...base,
    mode,
    clients: [...clients, ...liars],
    rttMs: { ...truth, ...lies },
    noise: { jitterMs: 3, probeLoss: 0.01 },
    events: faultsOf(
      edges.map(({ id }) => String(id)),
      random,
      hours,
    ),
    load: { requestsPerSecond: 2, durationMs: (DAY_MS * hours) / 24, shape: rateShape(process.env.ROUTING_DATA, seed) },
  });
  if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems.slice(0, 3)));
  return reading.scenario;
}

/** Two faults an hour, each of one edge and over within the half hour; every sixth is a flap of eight falls. */
function faultsOf(edges: readonly string[], random: SeededRandom, hours: number): readonly object[] {
  const kinds = ["down", "blackhole", "slow", "cut", "drain", "flap"] as const;
  return Array.from({ length: hours * 2 }, (_, index) => {
    const atMs = index * 1_800_000 + random.next() * 300_000;
    const edge = edges[Math.floor(random.next() * edges.length)];
    const kind = kinds[index % kinds.length] ?? "down";
    if (kind === "flap")
      return Array.from({ length: 16 }, (__, step) => ({
        ...{ atMs: atMs + step * 10_000, edge, set: step % 2 === 0 ? "down" : "up" },
      }));
    const addMs = kind === "slow" ? { addMs: 200 } : {};
    return [
      { atMs, edge, set: kind, ...addMs },
      { atMs: atMs + 60_000 + random.next() * 1_000_000, edge, set: "up" },
    ];
  }).flat();
}

function asList(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
