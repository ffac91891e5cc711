/**
 * The JSON line of a plain hit, which is most of what a busy log holds: the same line as the table of fields makes
 * (a test compares them), put together without asking for each field whether it is there.
 */
import type { Fields } from "../http/fields.ts";
import type { RequestRecord } from "../record.ts";
import { keyDigest } from "./key-digest.ts";
import { timeText } from "./log-fields.ts";
import { HARMLESS, type Redactor, shownText } from "./redact.ts";

/** Makes the lines of plain hits. */
export class HitLines {
  readonly #redactor: Redactor;
  // What the last line began with, and for what: under load many requests share a millisecond and a site.
  #start = "";
  #atMs = Number.NaN;
  #node = "";
  #role = "";
  #site = "";
  // Texts of clients that were found to need no escape, the last of each.
  #authority = "";
  #target = "";
  #agent = "";
  #referer: string | undefined;
  #end = "";

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** The line; undefined when the record is another than a plain hit's, or holds what must be escaped. */
  of(record: RequestRecord): string | undefined {
    const { key, site, requestFields, authority, target } = record;
    if (!isPlainHit(record) || key === undefined || site === undefined || requestFields === undefined) return undefined;
    const address = this.#redactor.address(record.clientAddress);
    const visitor = visitorOf(requestFields);
    if (address === undefined || visitor === undefined) return undefined;
    const { agent, referer } = visitor;
    if (!this.#areHarmless(authority, target, agent)) return undefined;
    const end = referer === undefined ? '"}\n' : this.#refererEnd(referer);
    if (end === undefined) return undefined;
    if (!this.#startsAlike(record) && !this.#startAnew(record, site)) return undefined;
    return (
      `${this.#start}${keyDigest(key)}","method":"${record.method}","authority":"${authority}","target":"${target}",` +
      `"protocol":"HTTP/1.1","status":${record.status},"bodyBytes":${record.bodyBytes},"complete":${record.complete},` +
      `"headMs":${record.headMs},"totalMs":${record.totalMs},"clientAddress":"${address}","userAgent":"${agent}${end}`
    );
  }

  /** Pages ask for many things in a row, all with the same Referer. */
  #refererEnd(referer: string): string | undefined {
    if (referer !== this.#referer) {
      const shown = this.#redactor.target(referer);
      if (!HARMLESS.test(shown)) return undefined;
      this.#referer = referer;
      this.#end = `","referer":"${shown}"}\n`;
    }
    return this.#end;
  }

  #startsAlike({ atMs, node, role, site }: RequestRecord): boolean {
    return atMs === this.#atMs && site === this.#site && node === this.#node && role === this.#role;
  }

  #startAnew({ atMs, node, role }: RequestRecord, site: string): boolean {
    if (!HARMLESS.test(node) || !HARMLESS.test(site)) return false;
    this.#atMs = atMs;
    this.#node = node;
    this.#role = role;
    this.#site = site;
    const start = `{"time":"${timeText(atMs)}","node":"${node}","role":"${role}","site":"${site}",`;
    this.#start = `${start}"outcome":"hit","keyDigest":"`;
    return true;
  }

  #areHarmless(authority: string, target: string, agent: string): boolean {
    if (agent !== this.#agent && !isShownAsItIs(agent)) return false;
    if (authority !== this.#authority && !isShownAsItIs(authority)) return false;
    if (target !== this.#target && !(isShownAsItIs(target) && this.#redactor.target(target) === target)) return false;
    this.#agent = agent;
    this.#authority = authority;
    this.#target = target;
    return true;
  }
}

function isShownAsItIs(text: string): boolean {
  return HARMLESS.test(text) && shownText(text) === text;
}

function isPlainHit(record: RequestRecord): boolean {
  return (
    record.outcome === "hit" &&
    (record.method === "GET" || record.method === "HEAD") &&
    record.httpVersion === "1.1" &&
    record.forward === undefined &&
    record.reason === undefined &&
    record.upstream === undefined &&
    record.upstreamHeadMs === undefined &&
    record.edge === undefined &&
    record.country === undefined &&
    record.trace === undefined
  );
}

/** What a browser says of itself and where it comes from; undefined when a field is there that makes another line. */
function visitorOf(fields: Fields): { readonly agent: string; readonly referer: string | undefined } | undefined {
  let agent: string | undefined;
  let referer: string | undefined;
  for (const [name, value] of fields) {
    if (name === "user-agent") agent ??= value;
    else if (name === "referer") referer ??= value;
    else if (name === "cdn-loop") return undefined;
  }
  return agent === undefined ? undefined : { agent, referer };
}
