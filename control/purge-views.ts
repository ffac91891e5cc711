/** Looking at purges: those that were, with their receipts, for the audit; and those that are to come, to be called off. */
import type { Hono } from "hono";
import type { SealedEntry } from "../core/ledger/chain.ts";
import { comparePositions, type Position, parsePosition, positionText } from "../core/ledger/position.ts";
import { isMembers, type Members } from "../core/ledger/read-json.ts";
import { type Answer, type ApiParts, as } from "./api.ts";
import { type ApiProblem, badRequest, notFound } from "./problem.ts";

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000;
/** Entries that are looked through for one answer; it says where to go on. */
const LOOKED_MAX = 20_000;
const PAGE = 1_000;
/** Values that are shown of one purge, and how many there were is said. */
const VALUES_SHOWN = 100;

/** The routes. */
export function purgeViews(app: Hono, parts: ApiParts): void {
  const { ledger, clock } = parts;
  app.get("/v1/purges", (context) =>
    as(context, parts, scopesFor(context.req.query("site")), async () => await history(parts, context.req.query())),
  );
  app.get("/v1/purges/scheduled", (context) =>
    as(context, parts, scopesFor(context.req.query("site")), () => {
      const site = context.req.query("site");
      const all = [...ledger.snapshot.purgeBook.scheduled.values()].filter((one) => (site ?? one.site) === one.site);
      return context.json({
        scheduled: all.map(({ dueAtMs, values, ...rest }) => ({
          ...rest,
          ...shownValues(values),
          at: new Date(dueAtMs).toISOString(),
        })),
      });
    }),
  );
  app.delete("/v1/purges/scheduled/:id", (context) => {
    const id = context.req.param("id");
    const site = ledger.snapshot.purgeBook.scheduled.get(id)?.site ?? "";
    return as(context, parts, [`site:${site}`], async ({ id: author }) => {
      const written = await ledger.write<ApiProblem>(({ purgeBook }) =>
        purgeBook.scheduled.has(id)
          ? {
              kind: "write",
              drafts: [{ kind: "purge", site, author, at: clock.nowMs(), payload: { cancels: id } }],
            }
          : { kind: "refuse", refusal: notFound(`the scheduled purge ${id}`, "it may have been fired already") },
      );
      if (written.kind === "refused") return { problem: written.refusal };
      return context.json({ id, position: positionText(written.position) });
    });
  });
}

function scopesFor(site: string | undefined): readonly string[] {
  return site === undefined ? ["read"] : ["read", `site:${site}`];
}

/** The purges before a position, newest first. */
async function history(
  { ledger, receipts, clock }: ApiParts,
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { site, before: beforeText, limit: limitText } = query;
  const before = beforeText === undefined ? undefined : parsePosition(beforeText);
  if (beforeText !== undefined && before === undefined)
    return { problem: badRequest("before", `"${beforeText}" is no position`, "write EPOCH:NUMBER") };
  const limit = Number(limitText ?? LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    return { problem: badRequest("limit", `expected 1 to ${LIMIT_MAX}, found "${limitText}"`) };
  const found: object[] = [];
  let at: Position | undefined = before;
  let isEnd = false;
  for (let looked = 0; looked < LOOKED_MAX && found.length < limit && !isEnd; looked += PAGE) {
    const page = await ledger.recent(at, PAGE);
    isEnd = page.length < PAGE;
    for (const sealed of page) {
      if (found.length === limit) break;
      at = sealed.entry;
      const shown = (site ?? sealed.entry.site) === sealed.entry.site ? purgeShown(sealed) : undefined;
      if (shown === undefined) continue;
      const { edges, absent } = receipts.of(sealed.entry, ledger.snapshot, clock.nowMs());
      found.push({ ...shown, edges, ...(absent && { absent }) });
    }
  }
  const isWhole = isEnd && (at === undefined || comparePositions(at, ledger.head) < 0) && found.length < limit;
  return Response.json({ purges: found, ...(!isWhole && at !== undefined && { next: positionText(at) }) });
}

/** A purge that was done; undefined: the entry is something else, or only plans one. */
function purgeShown({ entry, hash }: SealedEntry): object | undefined {
  const said: Members = isMembers(entry.payload) ? entry.payload : {};
  if (entry.kind !== "purge" || said.schedule !== undefined || said.cancels !== undefined) return undefined;
  const { at: atMs, author, site } = entry;
  const { scope, values, soft, settleSeconds, fires } = said;
  const list = Array.isArray(values) ? values.map(String) : [];
  const what = { scope, ...shownValues(list), soft, settleSeconds, ...(fires !== undefined && { scheduled: fires }) };
  return { position: positionText(entry), at: new Date(atMs).toISOString(), author, site, ...what, hash };
}

function shownValues(values: readonly string[]): object {
  if (values.length === 0) return {};
  return { values: values.slice(0, VALUES_SHOWN), ...(values.length > VALUES_SHOWN && { valuesInAll: values.length }) };
}
