/** Purges: appended to the ledger, answered with their position. Receipts stand on the positions that edges report. */

import type { Draft } from "../core/ledger/entry.ts";
import { comparePositions, type Position, parsePosition, positionText } from "../core/ledger/position.ts";
import { purgeValue } from "../core/ledger/purge-value.ts";
import { isMembers, type Members, numberMember, textMember, textsMember } from "../core/ledger/read-json.ts";
import { type AddRoutes, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest, noSuch, notFound } from "./problem.ts";

/** What a purge names, and the scope that it becomes. */
const SCOPES = [
  ["urls", "url"],
  ["tags", "tag"],
  ["prefixes", "prefix"],
  ["hosts", "host"],
] as const;
const SETTLE_SECONDS_MAX = 86_400;
/** A receipt is waited for so long at most, and looked at so often. */
const WAIT_MAX_MS = 30_000;
const LOOK_AGAIN_MS = 20;

/** The routes. */
export const purgeRoutes: AddRoutes = (app, parts) => {
  app.post("/v1/purge", async (context) => {
    // The scope depends on the body, so the body is read first; it is short.
    const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
    const value: Members = "value" in body && isMembers(body.value) ? body.value : {};
    return await as(context, parts, [`site:${textMember(value, "site") ?? ""}`], async (principal) => {
      if ("problem" in body) return body;
      const at = parts.clock.nowMs();
      const written = await parts.ledger.write<ApiProblem>((snapshot) => {
        const drafts = purgeDrafts(value, parts, { at, author: principal.id });
        if ("status" in drafts) return { kind: "refuse", refusal: drafts };
        const site = textMember(value, "site") ?? "";
        return snapshot.sites.has(site) ? { kind: "write", drafts } : { kind: "refuse", refusal: noSuch("site", site) };
      });
      if (written.kind === "refused") return { problem: written.refusal };
      const waitMs = Math.min(Math.max(numberMember(value, "waitMs") ?? 0, 0), WAIT_MAX_MS);
      const wait = { untilMs: at + waitMs, left: context.req.raw.signal };
      return context.json(await receiptWithin(parts, written.position, wait));
    });
  });
  app.get("/v1/purges/:position", (context) =>
    as(context, parts, ["read"], async () => {
      const position = parsePosition(context.req.param("position"));
      const { ledger } = parts;
      if (position === undefined || comparePositions(position, ledger.snapshot.position) > 0)
        return { problem: notFound("a purge at this position") };
      return context.json(receiptOf(parts, position));
    }),
  );
};

/** The receipt once every edge has applied it that can be reached, or when the time is over or who asked has left. */
async function receiptWithin(
  parts: ApiParts,
  position: Position,
  { untilMs, left }: { readonly untilMs: number; readonly left: AbortSignal },
): Promise<Receipt> {
  for (;;) {
    const receipt = receiptOf(parts, position);
    const leftMs = untilMs - parts.clock.nowMs();
    if (leftMs <= 0 || left.aborted || !receipt.edges.some(({ status }) => status === "pending")) return receipt;
    await new Promise<void>((resolve) => void parts.clock.after(Math.min(leftMs, LOOK_AGAIN_MS), resolve));
  }
}

function purgeDrafts(
  body: Members,
  { settings }: ApiParts,
  by: { readonly at: number; readonly author: string },
): readonly Draft[] | ApiProblem {
  const site = textMember(body, "site");
  if (site === undefined) return badRequest("site", "a purge is for one site", "name it, as GET /v1/sites lists it");
  if (body.dryRun === true)
    return { status: 501, title: "Not built yet", detail: "dryRun: leave it out; nothing was purged" };
  const soft = body.soft === true;
  const settleSeconds = numberMember(body, "settleSeconds") ?? 0;
  if (settleSeconds < 0 || settleSeconds > SETTLE_SECONDS_MAX)
    return badRequest("settleSeconds", `expected 0 to ${SETTLE_SECONDS_MAX}, found ${settleSeconds}`);
  const named = SCOPES.filter(([key]) => body[key] !== undefined);
  const draft = (payload: Draft["payload"]): Draft => ({ ...by, kind: "purge", site, payload });
  if (body.all === true) {
    return named.length === 0
      ? [draft({ scope: "site", soft, settleSeconds })]
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
  if (values.length > settings.purgeOperationsMax)
    return badRequest(key, `${values.length} are too many at once; ${settings.purgeOperationsMax} at most`);
  const normal: string[] = [];
  for (const [index, one] of values.entries()) {
    const read = purgeValue(scope, one.trim());
    if (read.kind === "problem") return badRequest(`${key}.${index}`, read.message, read.hint);
    normal.push(read.value);
  }
  return [draft({ scope, values: normal, soft, settleSeconds })];
}

interface Receipt {
  readonly position: string;
  readonly edges: readonly { readonly id: string; readonly status: "applied" | "pending" | "unreachable" }[];
}

/**
 * Which edge has it, by the positions that they have reported: an edge reports one once all purges up to it count, and
 * are on its disk.
 */
function receiptOf({ fleet, ledger, clock }: ApiParts, position: Position): Receipt {
  const edges = fleet.view(ledger.snapshot, clock.nowMs()).filter(({ role }) => role === "edge");
  return {
    position: positionText(position),
    edges: edges.map(({ id, state, position: reported = "" }) => {
      const at = parsePosition(reported);
      if (at !== undefined && comparePositions(at, position) >= 0) return { id, status: "applied" };
      return { id, status: state === "silent" || state === "unknown" ? "unreachable" : "pending" };
    }),
  };
}
