/** What a purge would touch here, without purging: memory exactly, a disk by a sample, and how often it is asked for. */
import { placeOfKey } from "../core/cache/key-place.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import { responseTags } from "../core/cache/tags.ts";
import type { Fields } from "../core/http/fields.ts";
import { isNamedIn, type PurgeSubject } from "../core/ledger/applied-purges.ts";
import { emptyPurges, type Purge, type PurgeTable } from "../core/ledger/purges.ts";
import type { Edge } from "./edge.ts";
import type { RecentRequests } from "./recent-requests.ts";

/** What lies under one key. */
export interface Held {
  readonly key: string;
  readonly variants: readonly (Pick<StoredResponse<unknown>, "head" | "requestAtMs"> & {
    readonly body: { readonly bytes: number };
  })[];
}

/** Some of what a slower tier holds, evenly from all over it. */
export interface HeldSample {
  readonly held: readonly Held[];
  readonly entriesInAll: number;
}

/** The answer. */
export interface PurgePreview {
  readonly objects: number;
  readonly bytes: number;
  /** For what it touches in memory, as it was lately. */
  readonly requestsPerMinute: number;
  /** What it touches on the disk, as far as a sample tells. */
  readonly disk?: { readonly objects: number; readonly bytes: number; readonly sampled: number; readonly of: number };
}

/** What it looks at. */
export interface PreviewParts {
  readonly edge: Pick<Edge<unknown>, "purges" | "clock">;
  /** Everything in memory. */
  memory(): Iterable<Held>;
  readonly sample?: (() => Promise<HeldSample>) | undefined;
  readonly recent: RecentRequests;
}

/** So many keys are looked at before others get their turn. */
const AT_ONCE = 500;
const ALL_TAGS = { tagsPerResponseMax: Number.POSITIVE_INFINITY, tagsPerResponseMaxBytes: Number.POSITIVE_INFINITY };

/** Looks through what is held for what a purge of a site names and no purge before has made useless. */
export async function purgePreview(
  { edge, memory, sample, recent }: PreviewParts,
  site: string,
  purge: Pick<Purge, "scope" | "values">,
): Promise<PurgePreview> {
  const { clock } = edge;
  const at = { position: { epoch: "", seq: 1 }, atMs: clock.nowMs() };
  const table = emptyPurges({ keysMax: Number.POSITIVE_INFINITY, lifeMs: 0 }).with(
    { ...purge, soft: false, settleSeconds: 0 },
    at,
  );
  const touched = { keys: new Set<string>(), objects: 0, bytes: 0 };
  let looked = 0;
  for (const held of memory()) {
    looked += 1;
    if (looked % AT_ONCE === 0) await new Promise<void>((resolve) => clock.after(0, resolve));
    count(edge, { site, table }, held, touched);
  }
  const requestsPerMinute = recent.perMinute(touched.keys, clock.nowMs());
  const found = { objects: touched.objects, bytes: touched.bytes, requestsPerMinute };
  const sampled = await sample?.();
  if (sampled === undefined) return found;
  const below = { keys: new Set<string>(), objects: 0, bytes: 0 };
  for (const held of sampled.held) count(edge, { site, table }, held, below);
  const share = sampled.held.length === 0 ? 0 : sampled.entriesInAll / sampled.held.length;
  const scaled = { objects: Math.round(below.objects * share), bytes: Math.round(below.bytes * share) };
  return { ...found, disk: { ...scaled, sampled: sampled.held.length, of: sampled.entriesInAll } };
}

interface Touched {
  readonly keys: Set<string>;
  objects: number;
  bytes: number;
}

function count(
  { purges, clock }: PreviewParts["edge"],
  { site, table }: { readonly site: string; readonly table: PurgeTable },
  { key, variants }: Held,
  touched: Touched,
): void {
  const place = placeOfKey(key);
  if (place === undefined || place.site !== site) return;
  for (const { head, requestAtMs, body } of variants) {
    const subject = subjectOf(place, head.fields);
    if (!isNamedIn(table, subject) || purges.verdict(subject, requestAtMs, clock.nowMs()) === "gone") continue;
    touched.keys.add(key);
    touched.objects += 1;
    touched.bytes += body.bytes;
  }
}

function subjectOf(
  { site, authority, target }: { readonly site: string; readonly authority: string; readonly target: string },
  fields: Fields,
): PurgeSubject {
  const tags = responseTags(fields, ALL_TAGS);
  return { site, host: authority, urls: [`//${authority}${target}`], tags: tags === "over-limit" ? [] : tags };
}
