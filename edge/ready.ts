/**
 * Hits that are ready to be written: what `serve` answers to a GET that asks for nothing special is remembered for as
 * long as it stays the same, at most until Age changes. A strict subset: whatever is not known to be the same goes to
 * `serve`, whose own functions make every answer that is remembered here.
 */
import { decide } from "../core/cache/decide.ts";
import { ageSeconds } from "../core/cache/freshness.ts";
import { hasChosenParts, keyId } from "../core/cache/key.ts";
import { Cancellation } from "../core/cancellation.ts";
import { isBypassed } from "../core/config/rule-actions.ts";
import { combinedValue, type Fields, fieldValue, type RequestHead, type ResponseHead } from "../core/http/fields.ts";
import type { Incoming, StoreEntry } from "../core/ports.ts";
import type { ReadyAnswer, ReadyClient, ReadyRole } from "../core/ready-port.ts";
import type { Edge, EdgeSite } from "./edge.ts";
import type { Exchange } from "./exchange.ts";
import { isUntouched } from "./invalidate.ts";
import { NOT_SHOWN, Note, Ready, type Shown } from "./ready-note.ts";
import { isReserved } from "./reserved.ts";
import { resolve } from "./resolve.ts";
import { answerStored } from "./respond.ts";
import { exchangeOf } from "./serve.ts";
import { noteUse } from "./variants.ts";

/** Fields that neither the cache nor an answer from it looks at, but for Vary, and rules where a site has them. */
const INERT: ReadonlySet<string> = new Set(
  (
    "host user-agent accept accept-charset accept-encoding accept-language cookie connection referer dnt origin " +
    "priority upgrade-insecure-requests save-data sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc " +
    "sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform x-requested-with"
  ).split(" "),
);
/** Connection with another value may nominate fields (RFC 9110 §7.6.1). */
const PLAIN_CONNECTION: ReadonlySet<string | undefined> = new Set([undefined, "keep-alive"]);
/** Texts of answers that are kept at a time: they are not counted as the store's. */
const KEPT_MAX = 16_384;
/** Longer ones are not kept, so that all of them take 64 MiB at most. */
const KEPT_CHARACTERS_MAX = 4_096;
/** Keys that something is remembered of at a time: the oldest is found out anew. What is remembered is not the store's. */
const NOTES_MAX = 16_384;
/** Choices among the variants of one key that are remembered. */
const CHOICES_MAX = 16;

/** Turns a head and its body into the text of the head as it is written; undefined: it is not written in one piece. */
export type HeadWriter<B> = (head: ResponseHead, body: B, nowMs: number) => string | undefined;

/** The ready hits of one edge. */
export class ReadyHits<B> implements ReadyRole<B> {
  readonly edge: Edge<B>;
  readonly #write: HeadWriter<B>;
  readonly #kept: Shown[] = [];
  #oldest = 0;
  /** In the order of their making. They live as long as what they are about: it may leave the store before. */
  readonly #notes: WeakRef<Note<B>>[] = [];
  #oldestNote = 0;
  readonly #notesMax: number;

  constructor(edge: Edge<B>, write: HeadWriter<B>, notesMax = NOTES_MAX) {
    this.edge = edge;
    this.#write = write;
    this.#notesMax = notesMax;
  }

  clientOf(scheme: "http" | "https", authority: string, fields: Fields): ReadyClient<B> | undefined {
    const { store, observing } = this.edge;
    // Every request may become a trace where some are sampled.
    if (store.entry === undefined || (observing !== undefined && observing.trace.sampleRatio > 0)) return undefined;
    for (const [name] of fields) if (!INERT.has(name)) return undefined;
    if (!PLAIN_CONNECTION.has(fieldValue(fields, "connection"))) return undefined;
    return new Client(this, { method: "GET", scheme, authority, target: "/", fields });
  }

  /** Makes the answer anew for this moment. False when it is not fresh any more, or cannot be written. */
  renew(ready: Ready<B>, nowMs: number): boolean {
    const { exchange, stored } = ready;
    const { freshness } = stored;
    const age = ageSeconds(freshness, stored.responseAtMs, nowMs);
    const left = freshness.lifetimeSeconds - age;
    if (left <= 0 || nowMs < stored.responseAtMs) return false;
    const account = { outcome: "hit", forward: undefined } as const;
    const { head, body } = answerStored(exchange, stored, { notModified: false, account }, nowMs);
    const text = body === undefined ? undefined : this.#write(head, body, nowMs);
    if (text === undefined || text.length > KEPT_CHARACTERS_MAX) {
      ready.isLong = true;
      return false;
    }
    // Age and what is left of the lifetime are shown in whole seconds, Date too.
    const sameSeconds = Math.min(1 + Math.floor(age) - age, left - Math.floor(left));
    const untilMs = Math.min(Math.floor(nowMs + sameSeconds * 1_000), (Math.floor(nowMs / 1_000) + 1) * 1_000);
    ready.shown = this.#keep(ready.shown, { text, fromMs: nowMs, untilMs });
    return true;
  }

  /** Remembers something of one more key. */
  note(exchange: Exchange<B>, entry: StoreEntry<B>, mayBeReady: boolean): Note<B> {
    const note = new Note(exchange, entry, mayBeReady);
    this.#notes[this.#oldestNote]?.deref()?.forget();
    this.#notes[this.#oldestNote] = new WeakRef(note);
    this.#oldestNote = (this.#oldestNote + 1) % this.#notesMax;
    return note;
  }

  /** Takes the text of another one away when there are too many. */
  #keep(before: Shown, shown: Shown): Shown {
    if (before !== NOT_SHOWN && before.text !== "") return Object.assign(before, shown);
    const oldest = this.#kept[this.#oldest];
    if (oldest !== undefined) Object.assign(oldest, NOT_SHOWN);
    this.#kept[this.#oldest] = shown;
    this.#oldest = (this.#oldest + 1) % KEPT_MAX;
    return shown;
  }
}

/** All requests with one block of fields. */
class Client<B> implements ReadyClient<B> {
  readonly #hits: ReadyHits<B>;
  readonly #head: RequestHead;
  #site: EdgeSite | undefined;
  /** What stands before the target in keys of this site. Undefined: its rules have to be asked for each request. */
  #place: string | undefined;
  /** Values of fields that variants are told apart by, by the names of these. */
  readonly #values = new Map<string, string>();

  constructor(hits: ReadyHits<B>, head: RequestHead) {
    this.#hits = hits;
    this.#head = head;
  }

  answer(target: string, peerAddress: string, nowMs: number): ReadyAnswer<B> | undefined {
    const { edge } = this.#hits;
    const site = edge.findSite(this.#head.authority);
    // While anything is shed, chance decides, and `serve` throws the dice.
    if (site === undefined || isReserved(target) || edge.mayRetry?.() === false) return undefined;
    if (this.#site !== site) this.#meet(site);
    const resolved = this.#place === undefined ? this.#resolve(site, target) : undefined;
    const entry = edge.store.entry?.(resolved === undefined ? this.#place + target : resolved.key);
    if (entry === undefined) return undefined;
    const note = entry.note instanceof Note ? entry.note : this.#note(site, target, entry, nowMs);
    if (note === undefined) return undefined;
    const exchange: Exchange<B> = note.exchange;
    if (exchange.site !== site || (resolved !== undefined && resolved.effective !== exchange.effective)) {
      // Of another version of the site.
      entry.note = undefined;
      return undefined;
    }
    if (!note.mayBeReady || exchange.incoming.head.target !== target) return undefined;
    if (!isUntouched(exchange, entry.variants)) return undefined;
    const ready = this.#choose(note, entry, nowMs);
    if (ready === undefined || ready.isLong) return undefined;
    const { fromMs, untilMs } = ready.shown;
    if ((nowMs < fromMs || nowMs >= untilMs) && !this.#hits.renew(ready, nowMs)) return undefined;
    // Asked last: a request that may come is counted by it. `serve` hears the same of one that may not, and says so.
    const { clientAddress } = edge.clientOf(peerAddress, this.#head);
    if (edge.rates?.request(clientAddress, nowMs) !== undefined) return undefined;
    edge.store.answered?.(entry);
    noteUse(exchange, entry.variants, ready.stored);
    return ready;
  }

  /** A site's rules may look at anything; a site without any makes keys of the target alone. */
  #meet(site: EdgeSite): void {
    this.#site = site;
    const { ruleCount, name, cache } = site;
    const plain = ruleCount === 0 && cache.bypassCookies === undefined && !hasChosenParts(cache);
    const { scheme, authority } = this.#head;
    const key = { site: name, scheme, authority, keyRules: cache.keyRules, chosen: [], target: "" };
    this.#place = plain ? keyId(key) : undefined;
  }

  #resolve(site: EdgeSite, target: string): ReturnType<typeof resolve> {
    const asker = { edge: this.#hits.edge, incoming: {}, clientAddress: "" };
    return resolve(site, { ...this.#head, target }, asker);
  }

  /** What `serve` would find on its way to the store, if that is nothing that depends on who asks. */
  #note(site: EdgeSite, target: string, entry: StoreEntry<B>, nowMs: number): Note<B> | undefined {
    const { edge } = this.#hits;
    const incoming = nobody<B>({ ...this.#head, target }, nowMs);
    const exchange = exchangeOf(edge, incoming, site, { clientAddress: "", earlierAddresses: [] });
    if (exchange.key.length > edge.limits.cacheKeyMaxBytes || edge.store.entry?.(exchange.key) !== entry)
      return undefined;
    const { maintenance, cors, redirect, developmentUntilMs } = exchange.effective;
    const special = maintenance ?? cors ?? redirect ?? developmentUntilMs;
    const mayBeReady = special === undefined && !isBypassed(exchange.effective, nowMs) && !exchange.rules.keyCountry;
    return this.#hits.note(exchange, entry, mayBeReady);
  }

  #choose({ names, chosen, exchange }: Note<B>, entry: StoreEntry<B>, nowMs: number): Ready<B> | undefined {
    const values = names.length === 0 ? "" : this.#valuesOf(names);
    const known = chosen.get(values);
    if (known !== undefined || chosen.size >= CHOICES_MAX) return known;
    const request = { ...exchange.request, fields: this.#head.fields };
    const decision = decide(request, entry.variants, exchange.rules, nowMs);
    if (decision.kind !== "hit" || decision.notModified) return undefined;
    // A guess at freshness does not hold for users with cookies, and those are not told from others here.
    if (decision.stored.freshness.source === "heuristic") return undefined;
    // Bodies are the stored ones.
    if (exchange.effective.errorPages.has(decision.stored.head.status)) return undefined;
    const ready = new Ready(exchange, decision.stored);
    chosen.set(values, ready);
    return ready;
  }

  #valuesOf(names: readonly string[]): string {
    const all = names.join();
    const known = this.#values.get(all);
    if (known !== undefined) return known;
    const made = names.map((name) => combinedValue(this.#head.fields, name) ?? "\0").join("\n");
    if (this.#values.size < CHOICES_MAX) this.#values.set(all, made);
    return made;
  }
}

/** A request that nobody made: `exchangeOf` asks for no more of it. */
function nobody<B>(head: RequestHead, receivedAtMs: number): Incoming<B> {
  const cancellation = new Cancellation();
  return { head, body: undefined, peerAddress: "", cancellation, receivedAtMs, interim: () => {} };
}
