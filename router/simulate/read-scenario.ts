/** Reads a scenario from plain data: the whole of it, or all that is wrong with it, each with its path. */
import { keyPath, orList, type Problem, shown } from "../../core/config/problems.ts";
import { parseAddress } from "../../core/net/address.ts";
import {
  EVENT_KINDS,
  type EventKind,
  type LearnPlan,
  type LoadPlan,
  MODES,
  type Scenario,
  type ScenarioClient,
  type ScenarioEdge,
  type ScenarioEvent,
} from "./scenario.ts";
import { type Item, isItem, ShapeReader } from "./shape-reader.ts";

/** A good scenario, or what is wrong. `ignored`: keys that mean nothing here, with their paths. */
export type ScenarioReading =
  | { readonly kind: "scenario"; readonly scenario: Scenario; readonly ignored: readonly string[] }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

const KEYS = ["seed", "mode", "edges", "clients", "rttMs", "noise", "learn", "events", "load"];
/** Bounds of what one run holds in memory and in time. */
const EDGES_MAX = 1000;
const CLIENTS_MAX = 200_000;
const EVENTS_MAX = 100_000;
/** A pair takes 8 bytes. */
const PAIRS_MAX = 20_000_000;
/** About an hour's work. */
const REQUESTS_MAX = 1e9;
const RTT_MAX_MS = 60_000;
const DURATION_MAX_MS = 100 * 24 * 3_600_000;
/** Every minute of a day. */
const SHAPE_MAX = 1440;
/** What follows the last event when no load is given. */
const AFTER_EVENTS_MS = 120_000;

/** Judges what stands in a scenario file. */
export function readScenario(content: unknown): ScenarioReading {
  const shape = new ShapeReader();
  const scenario = read(shape, content);
  return scenario === undefined || shape.problems.count > 0
    ? { kind: "problems", problems: shape.problems.list() }
    : { kind: "scenario", scenario, ignored: [...shape.ignored.values()] };
}

function read(shape: ShapeReader, content: unknown): Scenario | undefined {
  const root = shape.object(content, "", KEYS);
  if (root === undefined) return undefined;
  const seed = shape.number(root.seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true, otherwise: 1 });
  const edges = shape.list(root.edges, "edges", { min: 1, max: EDGES_MAX }, (item, path) => edge(shape, item, path));
  const clientRange = { min: 1, max: CLIENTS_MAX };
  const clients = shape.list(root.clients, "clients", clientRange, (item, path) => client(shape, item, path));
  shape.noTwins(edges, "edges");
  shape.noTwins(clients, "clients");
  const rttMs = truth(shape, root.rttMs, edges, clients);
  const noise = shape.maybeObject(root.noise, "noise", ["jitterMs", "probeLoss"]);
  const jitterMs = shape.number(noise?.jitterMs, "noise.jitterMs", { min: 0, max: RTT_MAX_MS, otherwise: 0 });
  const probeLoss = shape.number(noise?.probeLoss, "noise.probeLoss", { min: 0, max: 1, otherwise: 0 });
  const mode = root.mode === undefined ? "proxy" : MODES.find((one) => one === root.mode);
  if (mode === undefined) shape.problems.add("mode", `expected ${orList(MODES)}, found ${shown(root.mode)}`);
  const events = root.events === undefined ? [] : readEvents(shape, root.events, edges);
  return {
    seed,
    edges,
    clients,
    rttMs,
    ...{ jitterMs, probeLoss, mode: mode ?? "proxy" },
    learn: learn(shape, root.learn),
    events,
    load: load(shape, root.load, events),
  };
}

function edge(shape: ShapeReader, item: unknown, path: string): ScenarioEdge | undefined {
  const content = shape.object(item, path, ["id", "lat", "lon", "capacity"]);
  if (content === undefined) return undefined;
  const capacity = shape.maybeNumber(content.capacity, `${path}.capacity`, { min: 1e-9, max: 1e12 });
  return { id: shape.text(content.id, `${path}.id`), at: at(shape, content, path), capacity };
}

function client(shape: ShapeReader, item: unknown, path: string): ScenarioClient | undefined {
  const content = shape.object(item, path, ["id", "lat", "lon", "country", "areaKm", "ip", "network", "weight"]);
  if (content === undefined) return undefined;
  const { ip, country } = content;
  if (ip !== undefined && (typeof ip !== "string" || parseAddress(ip) === undefined)) {
    shape.problems.add(`${path}.ip`, `expected an IP address, found ${shown(ip)}`);
  }
  return {
    id: shape.text(content.id, `${path}.id`),
    at: at(shape, content, path),
    country: country === undefined || country === "" ? "" : shape.text(country, `${path}.country`),
    areaKm: shape.maybeNumber(content.areaKm, `${path}.areaKm`, { min: 0, max: 20_040 }),
    ip: typeof ip === "string" ? ip : undefined,
    network: shape.maybeNumber(content.network, `${path}.network`, { min: 0, max: 2 ** 32 - 1, whole: true }),
    weight: shape.number(content.weight, `${path}.weight`, { min: 0, max: 1e12, otherwise: 1 }),
  };
}

function at(shape: ShapeReader, item: Item, path: string): readonly [number, number] {
  const latitude = shape.number(item.lat, `${path}.lat`, { min: -90, max: 90 });
  return [latitude, shape.number(item.lon, `${path}.lon`, { min: -180, max: 180 })];
}

function learn(shape: ShapeReader, value: unknown): LearnPlan {
  const plan = shape.maybeObject(value, "learn", ["pageViewsPerClient", "beaconShare", "beaconEdges"]);
  const views = { min: 0, max: 1e6, otherwise: 0 };
  const edges = { min: 1, max: 16, whole: true, otherwise: 4 };
  return {
    pageViewsPerClient: shape.number(plan?.pageViewsPerClient, "learn.pageViewsPerClient", views),
    beaconShare: shape.number(plan?.beaconShare, "learn.beaconShare", { min: 0, max: 1, otherwise: 0.05 }),
    beaconEdges: shape.number(plan?.beaconEdges, "learn.beaconEdges", edges),
  };
}

function load(shape: ShapeReader, value: unknown, events: readonly ScenarioEvent[]): LoadPlan | undefined {
  const last = events.at(-1);
  if (value === undefined) {
    return last && { requestsPerSecond: undefined, durationMs: last.atMs + AFTER_EVENTS_MS, shape: [] };
  }
  const plan = shape.object(value, "load", ["requestsPerSecond", "durationMs", "shape"]);
  if (plan === undefined) return undefined;
  const perSecond = shape.maybeNumber(plan.requestsPerSecond, "load.requestsPerSecond", { min: 0, max: 1e6 });
  const durationMs = shape.number(plan.durationMs, "load.durationMs", { min: 1, max: DURATION_MAX_MS });
  const requests = ((perSecond ?? 0) * durationMs) / 1000;
  if (requests > REQUESTS_MAX) shape.problems.add("load", `${requests} requests; ${REQUESTS_MAX} at most`);
  return { requestsPerSecond: perSecond, durationMs, shape: loadShape(shape, plan.shape) };
}

function loadShape(shape: ShapeReader, value: unknown): readonly number[] {
  if (value === undefined) return [];
  const rates = shape.list(value, "load.shape", { min: 1, max: SHAPE_MAX }, (item, path) =>
    shape.number(item, path, { min: 0, max: 1e6 }),
  );
  if (rates.length > 0 && rates.every((rate) => rate === 0)) shape.problems.add("load.shape", "is 0 all the time");
  return rates;
}

function readEvents(shape: ShapeReader, value: unknown, edges: readonly ScenarioEdge[]): readonly ScenarioEvent[] {
  const numbers = numbersOf(edges);
  const range = { min: 0, max: EVENTS_MAX };
  const events = shape.list(value, "events", range, (item, path) => event(shape, item, path, numbers));
  return [...events].sort((a, b) => a.atMs - b.atMs);
}

function event(
  shape: ShapeReader,
  item: unknown,
  path: string,
  edges: ReadonlyMap<string, number>,
): ScenarioEvent | undefined {
  const content = shape.object(item, path, ["atMs", "edge", "set", "addMs"]);
  if (content === undefined) return undefined;
  const set = EVENT_KINDS.find((kind) => kind === content.set);
  if (set === undefined) {
    const value = content.set === undefined ? "nothing" : shown(content.set);
    shape.problems.add(`${path}.set`, `expected ${orList(EVENT_KINDS)}, found ${value}`);
  }
  return {
    atMs: shape.number(content.atMs, `${path}.atMs`, { min: 0, max: DURATION_MAX_MS }),
    edge: shape.known(content.edge, `${path}.edge`, edges, "edge") ?? 0,
    set: set ?? "up",
    addMs: addedMs(shape, content.addMs, `${path}.addMs`, set),
  };
}

function addedMs(shape: ShapeReader, value: unknown, path: string, set: EventKind | undefined): number {
  const addMs = shape.number(value, path, { min: 0, max: RTT_MAX_MS, ...(set === "slow" ? {} : { otherwise: 0 }) });
  if (addMs > 0 && set !== "slow") shape.problems.add(path, 'belongs to "slow" alone');
  return addMs;
}

function truth(
  shape: ShapeReader,
  value: unknown,
  edges: readonly ScenarioEdge[],
  clients: readonly ScenarioClient[],
): Float64Array {
  const pairs = edges.length * clients.length;
  if (pairs > PAIRS_MAX) shape.problems.add("clients", `${pairs} pairs of client and edge; ${PAIRS_MAX} at most`);
  const rttMs = new Float64Array(Math.min(PAIRS_MAX, pairs)).fill(Number.NaN);
  const rows = shape.object(value, "rttMs");
  if (rows === undefined) return rttMs;
  const clientNumbers = numbersOf(clients);
  const edgeNumbers = numbersOf(edges);
  for (const [id, row] of Object.entries(rows)) {
    const path = keyPath("rttMs", id);
    const number = shape.known(id, path, clientNumbers, "client");
    const cells = shape.object(row, path);
    if (number === undefined || cells === undefined) continue;
    for (const [edgeId, cell] of Object.entries(cells)) {
      const edgeNumber = edgeNumbers.get(edgeId);
      // A null is a pair that was not measured. Good cells come by the million: their paths are not made.
      if (cell === null && edgeNumber !== undefined) continue;
      if (edgeNumber === undefined) shape.known(edgeId, keyPath(path, edgeId), edgeNumbers, "edge");
      if (typeof cell === "number" && cell >= 0 && cell <= RTT_MAX_MS) {
        if (edgeNumber !== undefined) rttMs[number * edges.length + edgeNumber] = cell;
      } else shape.number(cell, keyPath(path, edgeId), { min: 0, max: RTT_MAX_MS });
    }
  }
  for (const { id } of clients) {
    const row = Object.hasOwn(rows, id) ? rows[id] : {};
    if (isItem(row) && Object.keys(row).length === 0) {
      shape.problems.add(keyPath("rttMs", id), "the client has no round trip to any edge");
    }
  }
  return rttMs;
}

function numbersOf(items: readonly { readonly id: string }[]): ReadonlyMap<string, number> {
  return new Map(items.map(({ id }, index) => [id, index]));
}
