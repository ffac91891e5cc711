/** The variables, secrets and bindings of an edge on Workers, read strictly: what they say, or all that is wrong with them. */
import { type AddressShown, DEFAULT_REDACTION, type Redaction, SECRET_QUERY_NAMES } from "../core/log/redact.ts";
import { DEBUG_TOKEN_MIN_LENGTH } from "../core/trace/observed.ts";

/** As wrangler.toml and `wrangler secret put` give them. Anything may be missing, and of any type. */
export interface WorkerVariables {
  /** The name in Cache-Status, Via and CDN-Loop. Default `workers`. */
  readonly EDGE_ID?: unknown;
  /** `json`: a line per request in the log. `off` (default): none. */
  readonly ACCESS_LOG?: unknown;
  /** `cut` (default), `full` or `none`: client addresses in the log. */
  readonly LOG_ADDRESS?: unknown;
  /** Query parameters to hide as well as tokens and passwords, separated by spaces or commas. */
  readonly LOG_HIDE?: unknown;
  /** Secret: requests with this X-Antipode-Debug get a Server-Timing. */
  readonly DEBUG_TOKEN?: unknown;
  /** `auto` (default): what there is. `r2`: the bucket must be there. */
  readonly STORE?: unknown;
  /** R2 bucket: the permanent tier. */
  readonly BUCKET?: unknown;
  /** Analytics Engine dataset: a data point for each request. */
  readonly METRICS?: unknown;
}

/** What they say, besides the bindings, which stay as they are. */
export interface WorkerOptions {
  readonly id: string;
  readonly logs: boolean;
  readonly redaction: Redaction;
  readonly debugToken: string | undefined;
}

/** The options, and a sentence for each variable that is wrong. */
export interface ReadVariables {
  readonly options: WorkerOptions;
  readonly problems: readonly string[];
}

/** A token (RFC 9110 §5.6.2) that fits into Cache-Status, Via and CDN-Loop as it is. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** Reads them all. */
export function readVariables(variables: WorkerVariables): ReadVariables {
  const problems: string[] = [];
  const { EDGE_ID, LOG_HIDE, DEBUG_TOKEN } = variables;
  const id = given(EDGE_ID) ? EDGE_ID : "workers";
  if (typeof id !== "string" || !NAME.test(id)) {
    problems.push(`EDGE_ID is ${shown(EDGE_ID)}: write a letter and up to 63 letters, digits, dots, dashes`);
  }
  const logs = choice("ACCESS_LOG", variables.ACCESS_LOG, ["off", "json"], problems) === "json";
  const address: AddressShown = choice("LOG_ADDRESS", variables.LOG_ADDRESS, ["cut", "full", "none"], problems);
  if (given(LOG_HIDE) && typeof LOG_HIDE !== "string") problems.push(`LOG_HIDE is ${shown(LOG_HIDE)}: write a text`);
  const hidden = typeof LOG_HIDE === "string" ? LOG_HIDE.split(/[\s,]+/).filter((name) => name !== "") : [];
  const queryNames = new Set([...SECRET_QUERY_NAMES, ...hidden.map((name) => name.toLowerCase())]);
  const debugToken = given(DEBUG_TOKEN) && typeof DEBUG_TOKEN === "string" ? DEBUG_TOKEN : undefined;
  if (given(DEBUG_TOKEN) && (debugToken === undefined || debugToken.length < DEBUG_TOKEN_MIN_LENGTH)) {
    const wish = `npx wrangler secret put DEBUG_TOKEN with ${DEBUG_TOKEN_MIN_LENGTH} characters or more`;
    problems.push(`DEBUG_TOKEN is too short to be a secret: ${wish}, or delete it`);
  }
  problems.push(...bindingProblems(variables));
  const redaction = { ...DEFAULT_REDACTION, queryNames, address };
  return { options: { id: typeof id === "string" ? id : "workers", logs, redaction, debugToken }, problems };
}

function bindingProblems({ STORE, BUCKET, METRICS }: WorkerVariables): string[] {
  const problems: string[] = [];
  const store = choice("STORE", STORE, ["auto", "r2"], problems);
  if (BUCKET === undefined && store === "r2") {
    problems.push('BUCKET is missing, and STORE = "r2" needs it: bind a bucket under [[r2_buckets]] in wrangler.toml');
  }
  if (BUCKET !== undefined && !has(BUCKET, "get", "put", "delete")) {
    problems.push("BUCKET is not an R2 bucket: bind one under [[r2_buckets]] in wrangler.toml");
  }
  if (METRICS !== undefined && !has(METRICS, "writeDataPoint")) {
    problems.push(
      "METRICS is no Analytics Engine dataset: bind one under [[analytics_engine_datasets]] in wrangler.toml",
    );
  }
  return problems;
}

/** Dashboards and flags leave empty texts where people delete a value. */
function given(value: unknown): boolean {
  return value !== undefined && value !== "";
}

/** One of a few words, the first one when nothing is said; a sentence when it is none of them. */
function choice<W extends string>(name: string, value: unknown, words: readonly [W, ...W[]], problems: string[]): W {
  const found = given(value) ? words.find((word) => word === value) : words[0];
  if (found !== undefined) return found;
  problems.push(`${name} is ${shown(value)}: write ${words.map((word) => `"${word}"`).join(" or ")}`);
  return words[0];
}

function has(value: unknown, ...methods: readonly string[]): boolean {
  return typeof value === "object" && value !== null && methods.every((method) => method in value);
}

/** Cut: the answer of a Worker that is not set up shows it. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
