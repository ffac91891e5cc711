/** What rules do to one request and its answer, as functions on plain data. The edge decides when they are called. */
import type { FieldLine, Fields, RequestHead } from "../http/fields.ts";
import { contains, parseAddress } from "../net/address.ts";
import type { EffectiveRules, HeaderEdits, MaintenanceAction, RedirectAction, RewriteAction } from "./policy.ts";
import { RequestView } from "./request-view.ts";
import { fillTemplate } from "./target-template.ts";

/** Whether the cache has no part in a request: by a rule, a cookie, an ambiguous path or development mode. */
export function isBypassed(rules: EffectiveRules, nowMs: number): boolean {
  return rules.cache.mode === "bypass" || (rules.developmentUntilMs !== undefined && nowMs < rules.developmentUntilMs);
}

/** Whether the site is closed for a client. */
export function isClosedFor(maintenance: MaintenanceAction, clientAddress: string): boolean {
  if (maintenance.except.length === 0) return true;
  const address = parseAddress(clientAddress);
  return address === undefined || !maintenance.except.some((range) => contains(range, address));
}

/** The Location of a redirect. */
export function redirectLocation(redirect: RedirectAction, request: RequestHead): string {
  const location = fillTemplate(redirect.to, redirect.globs, new RequestView(request).path);
  const query = queryOf(request.target);
  if (!redirect.keepQuery || query === "") return location;
  const hash = location.indexOf("#");
  const before = hash === -1 ? location : location.slice(0, hash);
  return `${before}${before.includes("?") ? "&" : "?"}${query}${hash === -1 ? "" : location.slice(hash)}`;
}

/** The target after a rewrite: another path, the same query. */
export function rewrittenTarget(rewrite: RewriteAction, request: RequestHead): string {
  const mark = request.target.indexOf("?");
  const path = fillTemplate(rewrite.path, rewrite.globs, new RequestView(request).path);
  return mark === -1 ? path : `${path}${request.target.slice(mark)}`;
}

/** The fields after the changes of rules; those that are set stand at the end. */
export function editedFields(fields: Fields, edits: HeaderEdits): Fields {
  if (edits.set.length === 0 && edits.remove.size === 0) return fields;
  const replaced = new Set(edits.set.map(([name]) => name));
  const kept: FieldLine[] = fields.filter(([name]) => !edits.remove.has(name) && !replaced.has(name));
  kept.push(...edits.set);
  return kept;
}

function queryOf(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? "" : target.slice(mark + 1);
}
