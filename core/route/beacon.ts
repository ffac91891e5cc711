/**
 * What a node answers to the beacon of its pages: the script, which edges to time (GET rtt), and what a client has
 * measured (POST rtt, all of it in the query). A report speaks for the prefix of its sender alone, whatever it says.
 */
import { type FieldLine, type Fields, fieldValues } from "../http/fields.ts";
import { beaconScript } from "./beacon-script.ts";

/** How much is measured, and how much of it is taken in. */
export interface BeaconRules {
  /** Share of page views that measure. */
  readonly pagePercent: number;
  /** Edges that each of them times. */
  readonly edgesMax: number;
  readonly reportsPerSecondMax: number;
}

/** An edge that a page may time. */
export interface TimedEdge {
  readonly id: string;
  /** Its own base URL. */
  readonly base: string;
}

/** One measured edge of a report. */
export interface Timed {
  readonly edge: string;
  readonly rttMs: number;
}

/** What the answer of a node to its beacon is made of. */
export interface BeaconAnswer {
  readonly status: 200 | 204 | 400 | 403 | 405 | 429;
  readonly fields: readonly FieldLine[];
  readonly text: string | undefined;
}

/** What a node does for its beacon. */
export interface BeaconHost {
  readonly rules: BeaconRules;
  /** Which edges this client is to time. */
  plan(): readonly TimedEdge[];
  /** Takes what this client has measured. */
  take(timed: readonly Timed[]): void;
  /** Whether one more report may come in now. */
  mayTake(): boolean;
}

/** A request as far as it matters here. */
interface BeaconRequest {
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  readonly fields: Fields;
}

const SCRIPT_PATH = "/.antipode/beacon.js";
const REPORT_PATH = "/.antipode/rtt";
const PING_PATH = "/.antipode/ping";
/** Pages look for a new script so often. */
const SCRIPT_AGE_SECONDS = 3600;
/** Edges in one report; more is no report of ours. */
const REPORT_EDGES_MAX = 16;
const QUERY_MAX = 2_000;

/** Answers a request of the beacon; undefined: it is none. */
export function answerBeacon(request: BeaconRequest, host: BeaconHost): BeaconAnswer | undefined {
  const [path, query = ""] = splitAt(request.target, "?");
  if (path === SCRIPT_PATH) {
    if (!isRead(request.method)) return { status: 405, fields: [["allow", "GET, HEAD"]], text: undefined };
    return answerText("text/javascript", `public, max-age=${SCRIPT_AGE_SECONDS}`, beaconScript(host.rules.pagePercent));
  }
  if (path !== REPORT_PATH) return undefined;
  if (isRead(request.method)) {
    const edges = host.plan().map(({ id, base }) => ({ id, url: base + PING_PATH }));
    return answerText("application/json", "no-store", JSON.stringify({ edges }));
  }
  if (request.method !== "POST") return { status: 405, fields: [["allow", "GET, HEAD, POST"]], text: undefined };
  if (!isOfOwnPages(request)) return { status: 403, fields: [], text: undefined };
  const timed = readReport(query);
  if (timed === undefined) return { status: 400, fields: [], text: undefined };
  if (!host.mayTake()) return { status: 429, fields: [["retry-after", "60"]], text: undefined };
  host.take(timed);
  return { status: 204, fields: [["cache-control", "no-store"]], text: undefined };
}

/** Reads the query of a report: `fra=12.3&nyc=84.1`. Undefined: it is none. */
export function readReport(query: string): readonly Timed[] | undefined {
  if (query === "" || query.length > QUERY_MAX) return undefined;
  const parts = query.split("&");
  if (parts.length > REPORT_EDGES_MAX) return undefined;
  const timed: Timed[] = [];
  for (const part of parts) {
    const [name, value = ""] = splitAt(part, "=");
    const edge = decoded(name);
    if (edge === undefined || edge === "" || !/^\d{1,5}(\.\d{1,3})?$/.test(value)) return undefined;
    timed.push({ edge, rttMs: Number(value) });
  }
  return timed;
}

/**
 * Pages of others could have their visitors report what they like. Browsers say whose page it is; who is no browser
 * speaks for nobody but itself.
 */
function isOfOwnPages({ fields, authority }: BeaconRequest): boolean {
  const [site] = fieldValues(fields, "sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || site === "same-site";
  const [origin] = fieldValues(fields, "origin");
  return origin === undefined || origin.replace(/^https?:\/\//, "") === authority;
}

function answerText(type: string, cacheControl: string, text: string): BeaconAnswer {
  const fields: FieldLine[] = [
    ["content-type", `${type}; charset=utf-8`],
    ["content-length", `${text.length}`],
    ["cache-control", cacheControl],
    ["access-control-allow-origin", "*"],
    ["x-content-type-options", "nosniff"],
  ];
  return { status: 200, fields, text };
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function splitAt(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Counts reports: so many a second, and what was not used is not saved up. */
export class ReportCount {
  readonly #perSecondMax: number;
  #second = 0;
  #count = 0;

  constructor(perSecondMax: number) {
    this.#perSecondMax = perSecondMax;
  }

  /** One more, if it may. */
  take(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) [this.#second, this.#count] = [second, 0];
    if (this.#count >= this.#perSecondMax) return false;
    this.#count += 1;
    return true;
  }
}
