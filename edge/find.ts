/** Finding what is stored for a request: under its own key, or under one that differs in what does not matter. */
import { type SearchVariance, searchVariance, significantTarget } from "../core/cache/no-vary-search.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Fields } from "../core/http/fields.ts";
import type { Eventually } from "../core/ports.ts";
import type { Edge } from "./edge.ts";
import type { Exchange } from "./exchange.ts";
import { usable } from "./invalidate.ts";

/** What was found, and the exchange with the key under which it was. */
export interface Found<B> {
  readonly exchange: Exchange<B>;
  readonly variants: readonly StoredResponse<B>[];
}

/** Finds the variants that may be used for a request. */
export function findStored<B>(exchange: Exchange<B>): Eventually<Found<B>> {
  const variants = exchange.edge.store.find(exchange.key);
  return variants instanceof Promise
    ? variants.then((found) => orBySearch(exchange, found))
    : orBySearch(exchange, variants);
}

function orBySearch<B>(exchange: Exchange<B>, variants: readonly StoredResponse<B>[]): Eventually<Found<B>> {
  const left = usable(exchange, variants);
  if (left.length > 0 || exchange.edge.searches.isEmpty) return { exchange, variants: left };
  return findBySearch(exchange);
}

async function findBySearch<B>(exchange: Exchange<B>): Promise<Found<B>> {
  const { edge, ownKey, request } = exchange;
  for (const variance of edge.searches.of(pathOf(ownKey, request.target))) {
    const searched = { ...exchange, key: searchKey(ownKey, request.target, variance) };
    const stored = await edge.store.find(searched.key);
    // Only a response that says so itself may answer for another query (No-Vary-Search §6).
    const variants = usable(searched, stored).filter(({ head }) => searchVariance(head.fields)?.id === variance.id);
    if (variants.length > 0) return { exchange: searched, variants };
  }
  return { exchange, variants: [] };
}

/** Under which key a response is to be stored; a No-Vary-Search in it is remembered for its path. */
export function keyToStore<B>({ edge, ownKey, request }: Exchange<B>, fields: Fields): string {
  const variance = searchVariance(fields);
  if (variance === undefined) return ownKey;
  edge.searches.learn(pathOf(ownKey, request.target), variance);
  return searchKey(ownKey, request.target, variance);
}

/** The further keys under which responses for a target may be. */
export function searchKeys<B>(edge: Edge<B>, key: string, target: string): readonly string[] {
  if (edge.searches.isEmpty) return [];
  return edge.searches.of(pathOf(key, target)).map((variance) => searchKey(key, target, variance));
}

/** A key ends in its target. */
function searchKey(key: string, target: string, variance: SearchVariance): string {
  return key.slice(0, key.length - target.length) + significantTarget(target, variance);
}

function pathOf(key: string, target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? key : key.slice(0, key.length - target.length + mark);
}
