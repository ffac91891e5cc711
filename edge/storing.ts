/** From an origin's answer to a stored response: admission, the body on its way in, the entry when it is whole. */
import { admit } from "../core/cache/admit.ts";
import { bodyVersion } from "../core/cache/continuation.ts";
import type { ForwardReason } from "../core/cache/outcome.ts";
import type { Confirmed } from "../core/cache/revalidate.ts";
import { sliceLength, wholeOfSlice } from "../core/cache/slices.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Account } from "../core/http/cache-status.ts";
import { type Fields, fieldValue, type ResponseHead } from "../core/http/fields.ts";
import type { Spool, SpoolRoom } from "../core/ports.ts";
import { lagOf } from "./continue.ts";
import type { Exchange } from "./exchange.ts";
import type { Fetched } from "./fetch.ts";
import { keyToStore } from "./find.ts";
import type { FlyingResponse } from "./flights.ts";
import { isOutdated, isUsable } from "./invalidate.ts";

/** An answer that is being stored or at least shared, or why it is not. */
export type Storing<B> =
  | { readonly kind: "storing"; readonly flying: FlyingResponse<B> }
  | { readonly kind: "refused"; readonly reason: string };

/** How an answer is taken in. */
export interface StoringOptions {
  /** Denied request fields that went through for it. */
  readonly keptFields: ReadonlySet<string>;
  /** Whether it is fetched to its end although every client has left; `share`: what has come of it, from 0 to 1, if that is known. */
  goesOnUnread(share: number | undefined): boolean;
}

/** Begins to store an answer, if it may be, or to share it, if it is too long for the store. Its body then belongs to the spool. */
export function beginStoring<B>(
  exchange: Exchange<B>,
  fetched: Extract<Fetched<B>, { kind: "response" }>,
  options: StoringOptions,
): Storing<B> {
  const { edge, request, rules, slice } = exchange;
  const { times, closeDelimited } = fetched;
  const head = slice === undefined ? fetched.head : wholeOfSlice(fetched.head, slice.span);
  if (head === undefined) return { kind: "refused", reason: "partial-content" };
  const admission = admit({
    request,
    response: head,
    times,
    rules,
    closeDelimited,
    limits: edge.limits,
  });
  if (admission.kind === "refused") return admission;
  const lengthBytes = declaredBytes(fetched.head.fields);
  const { room, unkept } = roomFor(exchange, lengthBytes);
  // A part of a slice is of no use, nor is a window on it.
  if (unkept === "fills-full" && slice !== undefined) return { kind: "refused", reason: unkept };
  const lag = lagOf({ exchange, head: fetched.head, keptFields: options.keptFields });
  const spool: Spool<B> = edge.bodies.spool(fetched.body, {
    maxBytes: unkept === undefined ? edge.limits.memoryObjectMaxBytes : 0,
    room,
    ...(lag !== undefined && { lag }),
    // A slice is fetched whole, however little of it its reader wanted: it is short, and the next one will want more.
    goesOnUnread: (arrivedBytes) =>
      slice !== undefined || options.goesOnUnread(lengthBytes && arrivedBytes / lengthBytes),
    onOverflow: () => {
      if (slice === undefined && lengthBytes === undefined) storesArriving(exchange, flying, undefined);
    },
  });
  const flying: FlyingResponse<B> = { admitted: admission, spool, unkept, ...times };
  if (unkept === undefined || slice !== undefined || lengthBytes === undefined) return { kind: "storing", flying };
  const isTaken = storesArriving(exchange, flying, lengthBytes);
  return { kind: "storing", flying: isTaken ? { ...flying, unkept: undefined } : flying };
}

/** Memory for a body on its way: all of it where its length is known and it is to be kept, else what it turns out to need. */
function roomFor<B>(
  { edge }: Exchange<B>,
  lengthBytes: number | undefined,
): { readonly room: SpoolRoom } & Pick<FlyingResponse<B>, "unkept"> {
  const { memoryObjectMaxBytes, fillsMaxBytes } = edge.limits;
  const { memory } = edge.flights;
  const shared = memory.share(fillsMaxBytes);
  if ((lengthBytes ?? 0) > memoryObjectMaxBytes) return { room: shared, unkept: "too-large" };
  const reserved = lengthBytes === undefined ? undefined : memory.reserve(lengthBytes, fillsMaxBytes);
  if (reserved !== undefined) return { room: reserved, unkept: undefined };
  const isFull = lengthBytes !== undefined || shared.isFull();
  return { room: shared, unkept: isFull ? "fills-full" : undefined };
}

/** What is said of an answer to the one whose request brought it. */
export function keepingAccount<B>({ unkept }: FlyingResponse<B>, forward: ForwardReason): Account {
  if (unkept === undefined) return { outcome: "stored", forward, stored: true };
  return unkept === "fills-full"
    ? { outcome: "fills-full", forward }
    : { outcome: "not-stored", forward, reason: "too-large" };
}

/** Whether the store takes a body that is too long for memory, and does so from now on. */
function storesArriving<B>(exchange: Exchange<B>, flying: FlyingResponse<B>, bytes: number | undefined): boolean {
  const { edge } = exchange;
  const { id, head, varyOn, freshness } = flying.admitted;
  const { requestAtMs, responseAtMs } = flying;
  const outdated = () => isOutdated(exchange, head.fields, requestAtMs);
  if (edge.store.putArriving === undefined || edge.mayStore?.() === false || outdated()) return false;
  const key = keyToStore(exchange, head.fields);
  const response = { id, head, varyOn, freshness, requestAtMs, responseAtMs };
  const storing = edge.store.putArriving(key, response, { bytes, open: () => flying.spool.open() });
  if (storing === undefined) return false;
  edge.inBackground(storing.then(() => (outdated() ? edge.store.remove(key, id) : undefined)));
  return true;
}

/** The length that a head tells. */
export function declaredBytes(fields: Fields): number | undefined {
  const value = fieldValue(fields, "content-length");
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Stores the response once its body is whole (RFC 9111 §3.3); a cut or overlong body is dropped. */
export async function storeWhenWhole<B>(exchange: Exchange<B>, flying: FlyingResponse<B>): Promise<void> {
  const end = await flying.spool.ended;
  const body = flying.spool.kept();
  if (end.kind !== "complete" || body === undefined || exchange.edge.mayStore?.() === false) return;
  const { id, head, varyOn, freshness } = flying.admitted;
  const { requestAtMs, responseAtMs } = flying;
  if (exchange.slice !== undefined && body.bytes !== sliceLength(head, exchange.slice.span)) return;
  await putStored(homeOf(exchange, head, body.bytes), { id, head, varyOn, freshness, body, requestAtMs, responseAtMs });
}

/** A slice that is the whole is stored as that. */
function homeOf<B>(exchange: Exchange<B>, head: ResponseHead, bytes: number): Exchange<B> {
  const { slice } = exchange;
  return slice !== undefined && bodyVersion(head)?.bytes === bytes ? slice.of : exchange;
}

/** Stores a response, unless it has become invalid since it was asked for. */
export async function putStored<B>(exchange: Exchange<B>, stored: StoredResponse<B>): Promise<void> {
  const { store } = exchange.edge;
  const outdated = () => isOutdated(exchange, stored.head.fields, stored.requestAtMs);
  if (outdated()) return;
  const key = keyToStore(exchange, stored.head.fields);
  const stores = store.put(key, stored);
  if (!(stores instanceof Promise)) return;
  await stores;
  // The invalidation may have come while it was being written.
  if (outdated()) await store.remove(key, stored.id);
}

/** Puts a confirmed response in the place of the one that was asked about, if that is still there to be used, or nothing is. */
export async function putConfirmed<B>(
  exchange: Exchange<B>,
  about: StoredResponse<B>,
  { stored, use }: Confirmed<B>,
): Promise<void> {
  const { key, edge } = exchange;
  if (use === "one" || !isUsable(exchange, about)) return;
  const variants = edge.store.entry?.(key)?.variants ?? (await edge.store.find(key));
  // What was asked for later is newer, whatever was confirmed.
  if (variants.some(({ id, requestAtMs }) => id === about.id && requestAtMs > about.requestAtMs)) return;
  await putStored(exchange, stored);
}
