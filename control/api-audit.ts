/** The audit: every entry of the ledger, who wrote it and when, the newest first. No secret is in it, and no hash of one. */
import type { SealedEntry } from "../core/ledger/chain.ts";
import { parsePosition, positionText } from "../core/ledger/position.ts";
import { isMembers, type Members } from "../core/ledger/read-json.ts";
import { type AddRoutes, as } from "./api.ts";
import { badRequest } from "./problem.ts";

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000;
/** Not shown: they are hashes of secrets. */
const HIDDEN = new Set(["hash", "credentialHash"]);

/** The routes. */
export const auditRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/audit", (context) =>
    as(context, parts, ["read"], async () => {
      const { before: beforeText, limit: limitText } = context.req.query();
      const before = beforeText === undefined ? undefined : parsePosition(beforeText);
      if (beforeText !== undefined && before === undefined)
        return { problem: badRequest("before", `"${beforeText}" is no position`, "write EPOCH:NUMBER") };
      const limit = Number(limitText ?? LIMIT_DEFAULT);
      if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
        return { problem: badRequest("limit", `expected 1 to ${LIMIT_MAX}, found "${limitText}"`) };
      const entries = await parts.ledger.recent(before, limit);
      return context.json({ position: positionText(parts.ledger.head), entries: entries.map(shownEntry) });
    }),
  );
};

function shownEntry({ entry, hash }: SealedEntry) {
  const { at, author, kind, site, payload } = entry;
  const said: Members = isMembers(payload) ? payload : {};
  const shown = Object.fromEntries(Object.entries(said).filter(([name]) => !HIDDEN.has(name)));
  return { position: positionText(entry), at, author, kind, ...(site !== undefined && { site }), payload: shown, hash };
}
