/** Purges: appended to the ledger, answered with their position and a receipt; looked up, scheduled, called off, tried dry. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { Draft } from "../core/ledger/entry.ts";
import { comparePositions, type Position, parsePosition } from "../core/ledger/position.ts";
import { keyedPurge } from "../core/ledger/purge-book.ts";
import { isMembers, type Members, textMember } from "../core/ledger/read-json.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { dryRun } from "./dry-run.ts";
import type { LedgerService } from "./ledger-service.ts";
import { type ApiProblem, badRequest, noSuch, notFound } from "./problem.ts";
import { type PurgeOrder, readPurgeOrder } from "./purge-order.ts";
import { PurgeUrls } from "./purge-urls.ts";
import { purgeViews } from "./purge-views.ts";
import type { Receipt } from "./receipts.ts";
import { type Principal, principalOf } from "./secrets.ts";

/** When nothing is heard, a receipt is looked at again after so long: edges also fall silent. */
const LOOK_AGAIN_MS = 20;
const KEY_FORM = /^[\x21-\x7e]{1,128}$/;

/** The routes. */
export const purgeRoutes: AddRoutes = (app, parts) => {
  const urls = new PurgeUrls();
  app.post("/v1/purge", async (context) => {
    // The scope depends on the body, so the body is read first; how long it may be depends on who asks.
    const known = principalOf(parts.ledger.snapshot, context.req.header("authorization"));
    const { purgeAdminBodyMaxBytes, apiBodyMaxBytes } = parts.settings;
    const body = await jsonBody(context, isAdmin(known) ? purgeAdminBodyMaxBytes : apiBodyMaxBytes);
    const value: Members = "value" in body && isMembers(body.value) ? body.value : {};
    return await as(context, parts, [`site:${textMember(value, "site") ?? ""}`], async (principal) =>
      "problem" in body ? body : await purge(context, { ...parts, urls }, principal, value),
    );
  });
  purgeViews(app, parts);
  app.get("/v1/purges/:position", async (context) => {
    const { ledger, receipts, clock } = parts;
    const position = parsePosition(context.req.param("position"));
    return await as(context, parts, ["read", ...(await siteScopeAt(ledger, position))], () => {
      if (position === undefined || comparePositions(position, ledger.snapshot.position) > 0)
        return { problem: notFound("a purge at this position") };
      return context.json(receipts.of(position, ledger.snapshot, clock.nowMs()));
    });
  });
};

/** The scope of the site that the entry at a position is about, as far as that is still known. */
async function siteScopeAt(ledger: LedgerService, position: Position | undefined): Promise<readonly string[]> {
  if (position === undefined) return [];
  const [sealed] = await ledger.recent({ ...position, seq: position.seq + 1 }, 1);
  const site = sealed && comparePositions(sealed.entry, position) === 0 ? sealed.entry.site : undefined;
  return site === undefined ? [] : [`site:${site}`];
}

type Parts = ApiParts & { readonly urls: PurgeUrls };

async function purge(context: Context, parts: Parts, principal: Principal, value: Members): Promise<Answer> {
  const { settings, clock, ledger, urls } = parts;
  const atMs = clock.nowMs();
  const { purgeAdminOperationsMax, purgeOperationsMax, tagsPerResponseMaxBytes } = settings;
  const operationsMax = isAdmin(principal) ? purgeAdminOperationsMax : purgeOperationsMax;
  const order = readPurgeOrder(value, { operationsMax, tagsPerResponseMaxBytes }, atMs);
  if ("status" in order) return { problem: order };
  const key = keyOf(context, principal, order);
  if (key !== undefined && "status" in key) return { problem: key };
  if (order.dryRun) return await dryRun(parts, { ...order, values: urls.named(ledger.snapshot, order) });
  // What was done already is not done again, however often it may be: its receipt is looked up.
  const refused = replayOf(ledger.snapshot, key) === undefined ? overRate(parts, principal, order, atMs) : undefined;
  if (refused !== undefined) return { problem: refused };
  const written = await ledger.write<Replay | ApiProblem>((snapshot) => {
    const before = replayOf(snapshot, key);
    if (before !== undefined) return { kind: "refuse", refusal: before };
    return draftsOf(parts, snapshot, order, { at: atMs, author: principal.id, key });
  });
  const result = written.kind === "refused" ? written.refusal : written;
  if ("status" in result) return { problem: result };
  const { position } = result;
  if (written.kind === "written" && order.dueAtMs === undefined) parts.receipts.purged(position, atMs);
  if (order.dueAtMs !== undefined) return context.json(scheduledAnswer(order.dueAtMs, position), 202);
  const wait = { untilMs: atMs + order.waitMs, left: context.req.raw.signal };
  return context.json(await receiptWithin(parts, position, wait));
}

function isAdmin(principal: Principal | undefined): boolean {
  return principal?.scopes.includes("admin") === true;
}

function scheduledAnswer(dueAtMs: number, { epoch, seq }: Position) {
  const position = `${epoch}:${seq}`;
  return { position, scheduled: { id: scheduleId({ epoch, seq }), at: new Date(dueAtMs).toISOString() }, edges: [] };
}

/** The position of the entry that schedules it is the name of a purge to come. */
function scheduleId({ epoch, seq }: Position): string {
  return `${epoch}-${seq}`;
}

interface Key {
  readonly name: string;
  readonly digest: string;
}

/** This was asked for before. */
interface Replay {
  readonly position: Position;
}

/** What `Idempotency-Key` says; keys of others are others. */
function keyOf(context: Context, principal: Principal, order: PurgeOrder): Key | ApiProblem | undefined {
  const given = context.req.header("idempotency-key");
  if (given === undefined) return undefined;
  if (!KEY_FORM.test(given))
    return badRequest("Idempotency-Key", "expected 1 to 128 visible characters of ASCII", "a UUID is good");
  const { waitMs: _, ...what } = order;
  return { name: `${principal.id} ${given}`, digest: createHash("sha256").update(JSON.stringify(what)).digest("hex") };
}

function replayOf({ purgeBook }: Snapshot, key: Key | undefined): Replay | ApiProblem | undefined {
  const before = key && keyedPurge(purgeBook, key.name);
  if (before === undefined || before.digest === key?.digest) return before;
  const detail = "this Idempotency-Key was used for another purge; nothing was purged now";
  return { status: 422, title: "Used before", detail };
}

function overRate({ purgeRates }: ApiParts, principal: Principal, order: PurgeOrder, nowMs: number) {
  if (isAdmin(principal)) return undefined;
  const seconds = purgeRates.take(order.site, order.scope === "site" ? "everything" : "some", nowMs);
  if (seconds === 0) return undefined;
  const detail = `the site ${order.site} is purged more often than is allowed; nothing was purged; come back in ${seconds} s, or name more in one request`;
  return { status: 429, title: "Too many purges", detail, headers: { "Retry-After": String(seconds) } };
}

type Decided =
  | { readonly kind: "write"; readonly drafts: readonly Draft[] }
  | { readonly kind: "refuse"; readonly refusal: ApiProblem };

function draftsOf(
  { urls, settings }: Parts,
  { sites, purgeBook, position }: Snapshot,
  { site: name, scope, values, soft, settleSeconds, dueAtMs }: PurgeOrder,
  { key, ...by }: { readonly at: number; readonly author: string; readonly key: Key | undefined },
): Decided {
  const site = sites.get(name);
  if (site === undefined) return { kind: "refuse", refusal: noSuch("site", name) };
  if (dueAtMs !== undefined && purgeBook.scheduled.size >= settings.purgesScheduledMax) {
    const detail = `${purgeBook.scheduled.size} purges are to come already; call some off with DELETE /v1/purges/scheduled/ID`;
    return { kind: "refuse", refusal: { status: 409, title: "Too many", detail } };
  }
  const named = urls.named({ sites }, { site: name, scope, values });
  const id = scheduleId({ epoch: position.epoch, seq: position.seq + 1 });
  const payload = {
    ...{ scope, soft, settleSeconds },
    ...(scope !== "site" && { values: [...named] }),
    ...(key !== undefined && { key: { ...key } }),
    ...(dueAtMs !== undefined && { schedule: { id, at: dueAtMs } }),
  };
  return { kind: "write", drafts: [{ ...by, kind: "purge", site: name, payload }] };
}

/** The receipt once every edge has applied it that can be reached, or when the time is over or who asked has left. */
async function receiptWithin(
  { receipts, ledger, clock }: ApiParts,
  position: Position,
  { untilMs, left }: { readonly untilMs: number; readonly left: AbortSignal },
): Promise<Receipt> {
  for (;;) {
    const receipt = receipts.of(position, ledger.snapshot, clock.nowMs());
    const leftMs = untilMs - clock.nowMs();
    if (leftMs <= 0 || left.aborted || !receipt.edges.some(({ status }) => status === "pending")) return receipt;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        forget();
        callOff();
        resolve();
      };
      const forget = receipts.onHeard(wake);
      const callOff = clock.after(Math.min(leftMs, LOOK_AGAIN_MS), wake);
    });
  }
}
