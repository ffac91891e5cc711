/** Purges: appended to the ledger, answered with their position. Receipts stand on the positions that edges report. */
import type { Draft } from "../core/ledger/entry.ts";
import { type Position, positionText } from "../core/ledger/position.ts";
import type { PurgeScope } from "../core/ledger/purges.ts";
import { isMembers, type Members, numberMember, textMember, textsMember } from "../core/ledger/read-json.ts";
import { type AddRoutes, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest, notFound } from "./problem.ts";

/** What a purge names, and the scope that it becomes. */
const SCOPES: readonly (readonly [key: string, scope: PurgeScope])[] = [
  ["urls", "url"],
  ["tags", "tag"],
  ["prefixes", "prefix"],
  ["hosts", "host"],
];
const SETTLE_SECONDS_MAX = 86_400;

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
        return snapshot.sites.has(site)
          ? { kind: "write", drafts }
          : { kind: "refuse", refusal: notFound(`the site ${site}`) };
      });
      if (written.kind === "refused") return { problem: written.refusal };
      return context.json(receiptOf(parts, written.position));
    });
  });
};

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
  return [draft({ scope, values: values.map((one) => one.trim()), soft, settleSeconds })];
}

/** Which edge has it, by the positions that they have reported so far. */
function receiptOf({ fleet, ledger, clock }: ApiParts, position: Position) {
  const edges = fleet.view(ledger.snapshot, clock.nowMs()).filter(({ role }) => role === "edge");
  return {
    position: positionText(position),
    edges: edges.map(({ id, state }) => ({
      id,
      status: state === "silent" || state === "unknown" ? "unreachable" : "pending",
    })),
  };
}
