/**
 * The learned tables as lines of text: to keep them over a restart, and to give them to another router. Reading them
 * merges: of two things known about one path the one with more evidence stays, so that the order in which tables are
 * merged does not matter, and nothing is counted twice. Edges go by name, since their numbers differ between routers.
 */
import type { GroupTable } from "./group-table.ts";
import { type LatencyModel, LEVELS } from "./latency-model.ts";
import { EDGES_PER_PREFIX, type MeasuredEdge } from "./prefix-table.ts";

const HEAD = "antipode-latency 1";
/** What has less is not worth keeping. */
const WEIGHT_MIN = 0.02;
const WEIGHT_MAX = 31;
const RTT_MAX_MS = 3000;
/** In halvings of evidence: times are kept in minutes, so that less says nothing. */
const NEAR_EVIDENCE = 0.01;
/** Edges that a line may name. */
const EDGES_MAX = 65_535;

/** What became of a text. */
export interface LearnedReading {
  readonly prefixes: number;
  readonly groups: number;
  /** Lines that are not as they should be. */
  readonly skipped: number;
  /** The text is of another make or version: nothing was read. */
  readonly isForeign: boolean;
}

/**
 * All that a model knows, line by line, least recently used first. The model may go on learning between two lines; what
 * it has forgotten by then is left out.
 */
export function* learnedLines(model: LatencyModel, nowMs: number): Generator<string> {
  yield `${HEAD} ${Math.round(nowMs)}`;
  yield `e ${model.edges.ids
    .map(encodeURI)
    .map((id) => id.replaceAll(" ", "%20"))
    .join(" ")}`;
  yield* groupLines("rtt", model.wholeRtt, nowMs);
  for (const { name } of LEVELS) yield* groupLines(name, model.groups[name], nowMs);
  const cell = emptyCell();
  const { prefixes } = model;
  prefixes.tickOf(nowMs);
  for (const key of Float64Array.from(prefixes.keys())) {
    const slot = prefixes.find(key);
    const cells: string[] = [];
    for (let index = 0; prefixes.read(slot, index, cell); index += 1) {
      const minutesAgo = Math.max(0, Math.round((nowMs - prefixes.msOfTick(cell.atTick)) / 60_000));
      cells.push([cell.edge, short(cell.rttMs), short(cell.weight), short(cell.spreadMs), minutesAgo].join(","));
    }
    if (cells.length > 0) yield `p ${key} ${cells.join(" ")}`;
  }
}

function* groupLines(name: string, table: GroupTable, nowMs: number): Generator<string> {
  for (const [key, { meanMs, weight, atMs }] of table.entries()) {
    const factor = table.fadingOf(nowMs - atMs);
    const cells: string[] = [];
    for (let edge = 0; edge < weight.length; edge += 1) {
      const clients = (weight[edge] ?? 0) * factor;
      if (clients >= WEIGHT_MIN) cells.push([edge, short(meanMs[edge] ?? 0), short(clients)].join(","));
    }
    if (cells.length > 0) yield `g ${name} ${key} ${cells.join(" ")}`;
  }
}

/** Merges lines into a model. Bad lines are left out; a text of another make changes nothing. */
export function mergeLearned(model: LatencyModel, lines: Iterable<string>, nowMs: number): LearnedReading {
  const reader = new Reader(model, nowMs);
  for (const line of lines) if (!reader.take(line)) break;
  return reader.result();
}

class Reader {
  readonly #model: LatencyModel;
  readonly #nowMs: number;
  /** The numbers here of the text's edges; -1: not one of ours. */
  #edges: readonly number[] = [];
  /** How long ago the text was written. */
  #agoMs: number | undefined;
  readonly #counts = { prefixes: 0, groups: 0, skipped: 0 };
  readonly #cell = emptyCell();

  constructor(model: LatencyModel, nowMs: number) {
    this.#model = model;
    this.#nowMs = nowMs;
  }

  result(): LearnedReading {
    return { ...this.#counts, isForeign: this.#agoMs === undefined };
  }

  /** Reads a line; false: the rest is not worth reading. */
  take(line: string): boolean {
    if (this.#agoMs === undefined) return this.#head(line);
    const [kind, ...words] = line.trimEnd().split(" ");
    if (kind === "") return true;
    const isGood =
      (kind === "e" && this.#edgeNames(words)) ||
      (kind === "g" && this.#group(words)) ||
      (kind === "p" && this.#prefix(words));
    if (!isGood) this.#counts.skipped += 1;
    return true;
  }

  #head(line: string): boolean {
    const writtenAtMs = line.startsWith(`${HEAD} `) ? Number(line.slice(HEAD.length + 1)) : Number.NaN;
    if (!Number.isFinite(writtenAtMs)) return false;
    this.#agoMs = Math.max(0, this.#nowMs - writtenAtMs);
    return true;
  }

  #edgeNames(names: readonly string[]): boolean {
    if (names.length > EDGES_MAX) return false;
    this.#edges = names.map((name) => this.#model.edges.indexOf.get(decoded(name)) ?? -1);
    return true;
  }

  #group([name, key, ...cells]: readonly string[]): boolean {
    const level = LEVELS.find((one) => one.name === name);
    const table = name === "rtt" ? this.#model.wholeRtt : level && this.#model.groups[level.name];
    const number = keyOf(key);
    if (table === undefined || number === undefined) return false;
    const factor = table.fadingOf(this.#agoMs ?? 0);
    let isGood = true;
    for (const text of cells) {
      const [edge = -1, meanMs = Number.NaN, weight = Number.NaN] = text.split(",").map(Number);
      const here = this.#edges[edge];
      if (here === undefined || !(Math.abs(meanMs) <= RTT_MAX_MS) || !isWeight(weight)) isGood = false;
      else if (here >= 0) table.merge(number, here, meanMs, weight * factor, this.#nowMs);
    }
    this.#counts.groups += 1;
    return isGood;
  }

  #prefix([key, ...cells]: readonly string[]): boolean {
    const number = keyOf(key);
    if (number === undefined || cells.length > EDGES_PER_PREFIX) return false;
    let isGood = true;
    for (const text of cells) isGood = this.#measured(number, text) && isGood;
    this.#counts.prefixes += 1;
    return isGood;
  }

  #measured(prefix: number, text: string): boolean {
    const [edge = -1, rttMs = Number.NaN, weight = Number.NaN, spreadMs = Number.NaN, minutesAgo = Number.NaN] = text
      .split(",")
      .map(Number);
    const here = this.#edges[edge];
    const isGood = here !== undefined && rttMs > 0 && rttMs <= RTT_MAX_MS && isWeight(weight);
    if (!isGood || !(spreadMs >= 0 && spreadMs <= RTT_MAX_MS) || !(minutesAgo >= 0)) return false;
    if (here < 0) return true;
    const { prefixes, rules } = this.#model;
    const nowTick = prefixes.tickOf(this.#nowMs);
    const atTick = Math.max(0, nowTick - Math.round(minutesAgo + (this.#agoMs ?? 0) / 60_000));
    const theirs: MeasuredEdge = { edge: here, rttMs, weight, spreadMs, outliers: 0, atTick };
    const ours = prefixes.readEdge(prefix, here, this.#cell) ? this.#cell : undefined;
    if (ours === undefined || hasMore(theirs, ours, rules.prefixHalfLifeMs / 60_000)) prefixes.write(prefix, theirs);
    return true;
  }
}

/** Whether a measurement has more evidence than another; the same answer whenever it is asked. */
function hasMore(a: MeasuredEdge, b: MeasuredEdge, halfLifeTicks: number): boolean {
  const evidence = Math.log2(Math.max(1e-6, a.weight)) - Math.log2(Math.max(1e-6, b.weight));
  const more = evidence + (a.atTick - b.atTick) / halfLifeTicks;
  return Math.abs(more) < NEAR_EVIDENCE ? a.rttMs < b.rttMs : more > 0;
}

function isWeight(weight: number): boolean {
  return weight > 0 && weight <= WEIGHT_MAX;
}

function keyOf(text: string | undefined): number | undefined {
  const key = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(key) && key >= 0 ? key : undefined;
}

function decoded(name: string): string {
  try {
    return decodeURI(name);
  } catch {
    return name;
  }
}

function short(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function emptyCell(): MeasuredEdge {
  return { edge: 0, rttMs: 0, weight: 0, spreadMs: 0, outliers: 0, atTick: 0 };
}
