/** What a request to purge asks for, read whole or refused whole: what could never match anything is a mistake. */
import type { PurgeForm } from "../core/ledger/purge-value.ts";
import { purgeValue } from "../core/ledger/purge-value.ts";
import type { Purge } from "../core/ledger/purges.ts";
import { type Members, numberMember, textMember, textsMember } from "../core/ledger/read-json.ts";
import { type ApiProblem, badRequest } from "./problem.ts";

/** What a purge names, and the scope that it becomes. */
const SCOPES = [
  ["urls", "url"],
  ["tags", "tag"],
  ["prefixes", "prefix"],
  ["hosts", "host"],
] as const;
const SETTLE_SECONDS_MAX = 86_400;
/** A receipt is waited for so long at most. */
const WAIT_MAX_MS = 30_000;
const AHEAD_MAX_MS = 366 * 86_400_000;

/** A purge that somebody wants. */
export interface PurgeOrder extends Purge {
  readonly site: string;
  /** When, by control's clock; undefined: now. */
  readonly dueAtMs: number | undefined;
  /** Only say what it would touch. */
  readonly dryRun: boolean;
  readonly waitMs: number;
}

/** What holds for who asks. */
export interface OrderLimits extends PurgeForm {
  readonly operationsMax: number;
}

/** Reads a body; the whole order is refused for one value that is wrong. */
export function readPurgeOrder(body: Members, limits: OrderLimits, nowMs: number): PurgeOrder | ApiProblem {
  const site = textMember(body, "site");
  if (site === undefined) return badRequest("site", "a purge is for one site", "name it, as GET /v1/sites lists it");
  const settleSeconds = numberMember(body, "settleSeconds") ?? 0;
  if (settleSeconds < 0 || settleSeconds > SETTLE_SECONDS_MAX)
    return badRequest("settleSeconds", `expected 0 to ${SETTLE_SECONDS_MAX}, found ${settleSeconds}`);
  const dueAtMs = dueAt(body.at, nowMs);
  if (dueAtMs !== undefined && typeof dueAtMs !== "number") return dueAtMs;
  const dryRun = body.dryRun === true;
  const named = namedIn(body, limits);
  if ("status" in named) return named;
  const waitMs = Math.min(Math.max(numberMember(body, "waitMs") ?? 0, 0), WAIT_MAX_MS);
  return { site, ...named, soft: body.soft === true, settleSeconds, dueAtMs, dryRun, waitMs };
}

function dueAt(value: unknown, nowMs: number): number | undefined | ApiProblem {
  if (value === undefined) return undefined;
  const atMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(atMs)) return badRequest("at", "expected a time", 'write it like "2027-01-31T06:00:00Z"');
  if (atMs <= nowMs) return badRequest("at", "that time is over", "leave it out to purge now");
  if (atMs - nowMs > AHEAD_MAX_MS) return badRequest("at", "that is more than a year ahead");
  return atMs;
}

function namedIn(body: Members, limits: OrderLimits): Pick<Purge, "scope" | "values"> | ApiProblem {
  const named = SCOPES.filter(([key]) => body[key] !== undefined);
  if (body.all === true) {
    return named.length === 0
      ? { scope: "site", values: [] }
      : badRequest("all", "all stands alone", `leave out ${named[0]?.[0]}`);
  }
  const [only, second] = named;
  if (only === undefined) return badRequest("", "nothing is named", "give urls, tags, prefixes, hosts, or all: true");
  if (second !== undefined)
    return badRequest(second[0], `one kind at a time, and ${only[0]} is there already`, "send two requests");
  const [key, scope] = only;
  const values = textsMember(body, key);
  if (values === undefined || values.length === 0 || values.some((one) => one.trim() === ""))
    return badRequest(key, "expected a list of texts that are not empty");
  if (values.length > limits.operationsMax)
    return badRequest(key, `${values.length} are too many at once; ${limits.operationsMax} at most for this token`);
  const normal = new Set<string>();
  for (const [index, one] of values.entries()) {
    const read = purgeValue(scope, one.trim(), limits);
    if (read.kind === "problem") return badRequest(`${key}.${index}`, read.message, read.hint);
    normal.add(read.value);
  }
  return { scope, values: [...normal] };
}
