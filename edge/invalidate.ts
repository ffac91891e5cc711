/** Invalidation: after an unsafe request, what it may have changed is not used any more (RFC 9111 §4.4, RFC 9875). */
import { cacheGroups, invalidatedGroups } from "../core/cache/groups.ts";
import { invalidatedTargets } from "../core/cache/invalidate.ts";
import { hasChosenParts } from "../core/cache/key.ts";
import { type StoredResponse, staleSince } from "../core/cache/stored.ts";
import { responseTags } from "../core/cache/tags.ts";
import type { Fields, ResponseHead } from "../core/http/fields.ts";
import { isSafeMethod } from "../core/http/methods.ts";
import type { PurgeSubject, PurgeVerdict } from "../core/ledger/applied-purges.ts";
import type { Exchange } from "./exchange.ts";
import { searchKeys } from "./find.ts";
import { resolve } from "./resolve.ts";

/** A response with more is not stored in the first place. */
const ALL_TAGS = { tagsPerResponseMax: Number.POSITIVE_INFINITY, tagsPerResponseMaxBytes: Number.POSITIVE_INFINITY };

/** The URI of a request as the origin sees it, apart from what makes keys of it. */
export function uriOf<B>({ site, request }: Pick<Exchange<B>, "site" | "request">): string {
  return `${site.name.length}:${site.name}${request.scheme}://${request.authority}${request.target}`;
}

/** Makes invalid what an unsafe request changed: its own URI, those that the answer names, and groups. */
export async function invalidate<B>(exchange: Exchange<B>, response: ResponseHead): Promise<void> {
  const { edge, site, incoming } = exchange;
  if (isSafeMethod(incoming.head.method)) return;
  const groups = invalidatedGroups(response.fields).map((group) => groupName(exchange, group));
  const resolved = invalidatedTargets(incoming.head, response).map((target) =>
    resolve(site, { ...incoming.head, method: "GET", target }, exchange),
  );
  if (resolved.length === 0 && groups.length === 0) return;
  const uris = resolved.map(({ request }) => uriOf({ site, request }));
  const names = keysVary(exchange) ? [...groups, ...uris] : groups;
  const kept = edge.invalidations.add({ uris, names }, edge.clock.nowMs());
  for (const { key, request } of resolved) {
    for (const stored of [key, ...searchKeys(edge, key, request.target)]) await edge.store.remove(stored);
  }
  await kept;
}

/** The variants that no invalidation has reached, and no hard purge; those that a soft purge has reached are stale. */
export function usable<B>(exchange: Exchange<B>, variants: readonly StoredResponse<B>[]): readonly StoredResponse<B>[] {
  if (isUntouched(exchange, variants)) return variants;
  const nowMs = exchange.edge.clock.nowMs();
  return variants.flatMap((stored) => {
    const { head, requestAtMs } = stored;
    if (isNamed(exchange, head.fields, requestAtMs)) return [];
    const verdict = purgeVerdict(exchange, head.fields, requestAtMs);
    if (verdict === "gone") return [];
    return [verdict === undefined ? stored : staleSince(stored, verdict.staleSinceMs, nowMs)];
  });
}

/** Whether no invalidation and no hard purge has reached a stored response. */
export function isUsable<B>(exchange: Exchange<B>, stored: StoredResponse<B>): boolean {
  return usable(exchange, [stored]).length > 0;
}

/** Whether no invalidation and no purge has reached any of the variants. */
export function isUntouched<B>(exchange: Exchange<B>, variants: readonly StoredResponse<B>[]): boolean {
  const { invalidations, purges } = exchange.edge;
  if ((!invalidations.hasNames && purges.isEmpty) || variants.length === 0) return true;
  return variants.every(
    ({ head, requestAtMs }) =>
      !isNamed(exchange, head.fields, requestAtMs) && purgeVerdict(exchange, head.fields, requestAtMs) === undefined,
  );
}

/** Whether what was fetched from `requestAtMs` on has become invalid meanwhile. */
export function isOutdated<B>(exchange: Exchange<B>, fields: Fields, requestAtMs: number): boolean {
  if (exchange.edge.invalidations.lastOfUri(uriOf(exchange)) > requestAtMs) return true;
  return isNamed(exchange, fields, requestAtMs) || purgeVerdict(exchange, fields, requestAtMs) !== undefined;
}

/** What is fetched since before it is not for those who ask now: an invalidation of the URI, or any purge of the site. */
export function joinableSince<B>({ edge, site, request }: Exchange<B>): number {
  return Math.max(edge.invalidations.lastOfUri(uriOf({ site, request })), edge.purges.lastOfSite(site.name));
}

function purgeVerdict<B>(
  { edge, site, request, incoming }: Exchange<B>,
  fields: Fields,
  requestAtMs: number,
): PurgeVerdict | undefined {
  if (!edge.purges.mayCover(site.name, requestAtMs)) return undefined;
  const subject = subjectOf(site.name, request.authority, request.target, incoming.head.target, fields);
  return edge.purges.verdict(subject, requestAtMs, edge.clock.nowMs());
}

interface Subject extends PurgeSubject {
  readonly target: string;
  readonly asked: string;
}

/** By the fields of what is stored: the last subject that was made of it. */
const SUBJECTS = new WeakMap<Fields, Subject>();

function subjectOf(site: string, host: string, target: string, asked: string, fields: Fields): PurgeSubject {
  const known = SUBJECTS.get(fields);
  if (known?.site === site && known.host === host && known.target === target && known.asked === asked) return known;
  const tags = responseTags(fields, ALL_TAGS);
  const urls = (target === asked ? [target] : [target, asked]).map((one) => `//${host}${one}`);
  const made = { site, host, urls, tags: tags === "over-limit" ? [] : tags, target, asked };
  SUBJECTS.set(fields, made);
  return made;
}

function isNamed<B>(exchange: Exchange<B>, fields: Fields, requestAtMs: number): boolean {
  const { invalidations } = exchange.edge;
  if (!invalidations.hasNames) return false;
  if (keysVary(exchange) && invalidations.lastOfName(uriOf(exchange)) > requestAtMs) return true;
  return cacheGroups(fields).some((group) => invalidations.lastOfName(groupName(exchange, group)) > requestAtMs);
}

/** Requests for one URI can have several keys, of which an unsafe request knows only its own. */
function keysVary<B>({ site, rules }: Exchange<B>): boolean {
  return site.ruleCount > 0 || hasChosenParts(rules);
}

/** Groups belong to one origin (RFC 9875 §2.1). */
function groupName<B>({ site, request }: Exchange<B>, group: string): string {
  return `${site.name.length}:${site.name}group ${request.scheme}://${request.authority} ${group}`;
}
