/**
 * An edge whose requests, answers of the origin, purges, evictions and restarts come in any order, and a judge of what it
 * does by the rules of purging: who asks after a purge gets nothing from before it, and what is gone is no validator.
 */
import type { FieldLine } from "../../core/http/fields.ts";
import type { AppliedPurges } from "../../core/ledger/applied-purges.ts";
import { emptyPurges, type PurgeScope, type PurgeTable, readPurges } from "../../core/ledger/purges.ts";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { scenario } from "../scenario/harness.ts";
import { storeUnderTest } from "../scenario/store-under-test.ts";
import { VirtualClock } from "../scenario/virtual-clock.ts";

/** What is asked for: the lax ones may be served stale, so a soft purge of them says nothing of what is served. */
export const TARGETS = ["/strict/a", "/strict/b", "/lax/a"] as const;
/** One of them. */
export type Target = (typeof TARGETS)[number];

interface Named {
  readonly scope: PurgeScope;
  readonly value?: string;
  names(target: Target): boolean;
}

/** What is purged. */
export const PURGES: readonly Named[] = [
  { scope: "url", value: "//www.example.com/strict/a", names: (target) => target === "/strict/a" },
  { scope: "url", value: "//www.example.com/lax/a", names: (target) => target === "/lax/a" },
  { scope: "tag", value: "a", names: (target) => target.endsWith("/a") },
  { scope: "prefix", value: "//www.example.com/strict", names: (target) => target.startsWith("/strict/") },
  { scope: "host", value: "www.example.com", names: () => true },
  { scope: "site", names: () => true },
];

/** One step of a run. Numbers choose among what there is. */
export type Step =
  | { readonly kind: "ask"; readonly target: Target }
  | { readonly kind: "change"; readonly target: Target }
  | { readonly kind: "answer"; readonly which: number; readonly fails: boolean }
  | { readonly kind: "purge"; readonly what: number; readonly soft: boolean }
  | { readonly kind: "evict"; readonly target: Target }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "restart" };

/** What a run is made of: with something else in its place, the judge has to find violations. */
export interface Parts {
  newPurges(): AppliedPurges;
  /** Whether an edge that starts knows the purges of its last life. */
  readonly remembers: boolean;
}

const EPOCH = "01J00000000000000000000000";
const SITE = "example";
const LAX = "max-age=60, stale-while-revalidate=600, stale-if-error=600";

/** How many requests were answered by a hit, and what was against the rules. */
export interface Judged {
  readonly hits: number;
  readonly violations: readonly string[];
}

/** Runs the steps, answers what is open at the end, and asks for everything once more. */
export async function run(steps: readonly Step[], parts: Parts): Promise<Judged> {
  const play = new Play(parts);
  for (const step of steps) {
    play.take(step);
    await quiet();
  }
  await play.end();
  return play;
}

/** Lets everything go on that waits for nothing. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Open {
  readonly request: UpstreamRequest<ByteBody>;
  readonly target: Target;
  /** What the origin had when it was asked: the oldest that it may answer. */
  readonly version: number;
  /** Of the request, and of the body that answers it. */
  readonly number: number;
  resolve(result: UpstreamResult<ByteBody>): void;
}

class Play implements Judged {
  readonly violations: string[] = [];
  hits = 0;
  readonly #parts: Parts;
  readonly #clock = new VirtualClock();
  readonly #store = storeUnderTest();
  readonly #keys = new Map<string, string>();
  readonly #versions = new Map<Target, number>();
  /** The least version of each target that who asks now may get. */
  readonly #floors = new Map<Target, number>();
  /** Bodies that were asked for before the one of this number are gone, also when the version is still the same. */
  readonly #goneBelow = new Map<Target, number>();
  #asked = 0;
  #open: Open[] = [];
  #seq = 0;
  #table: PurgeTable = emptyPurges();
  #made: ReturnType<typeof scenario>;

  constructor(parts: Parts) {
    this.#parts = parts;
    const put = this.#store.put.bind(this.#store);
    this.#store.put = (key, response) => {
      for (const target of TARGETS) if (key.endsWith(target)) this.#keys.set(target, key);
      return put(key, response);
    };
    this.#made = this.#start(true);
  }

  take(step: Step): void {
    switch (step.kind) {
      case "ask":
        this.#ask(step.target);
        break;
      case "change":
        this.#versions.set(step.target, this.#version(step.target) + 1);
        break;
      case "answer":
        this.#answer(step.which, step.fails);
        break;
      case "purge":
        this.#purge(step.what, step.soft);
        break;
      case "evict":
        void this.#store.remove(this.#keys.get(step.target) ?? "");
        break;
      case "wait":
        this.#clock.advance(step.ms);
        break;
      case "restart":
        this.#clock.advance(1);
        // What was under way died with its process.
        this.#open = [];
        this.#made = this.#start(this.#parts.remembers);
    }
  }

  async end(): Promise<void> {
    await this.#answerAll();
    // Whatever keeps an origin that failed from being asked is over.
    this.#clock.advance(120_000);
    for (const target of TARGETS) {
      this.#ask(target);
      await this.#answerAll();
      const before = this.hits;
      this.#ask(target);
      await this.#answerAll();
      if (this.hits === before) this.violations.push(`${target} was not stored for good`);
    }
  }

  async #answerAll(): Promise<void> {
    await quiet();
    while (this.#open.length > 0) {
      this.#answer(0, false);
      await quiet();
    }
  }

  #version(target: Target): number {
    return this.#versions.get(target) ?? 1;
  }

  #start(knowsPurges: boolean): ReturnType<typeof scenario> {
    const upstream = { fetch: (request: UpstreamRequest<ByteBody>) => this.#fetch(request) };
    const parts = { store: this.#store, upstream, purges: this.#parts.newPurges() };
    const made = scenario({ clock: this.#clock, parts });
    if (knowsPurges) this.#adopt(made);
    return made;
  }

  #adopt({ edge }: ReturnType<typeof scenario> = this.#made): void {
    const table = readPurges(this.#table.toJson()) ?? emptyPurges();
    const state = { position: { epoch: EPOCH, seq: this.#seq }, purges: new Map([[SITE, table]]), floor: undefined };
    edge.purges.adopt(state, edge.invalidations.moment(this.#clock.nowMs()));
  }

  #purge(what: number, soft: boolean): void {
    const purge = PURGES[what % PURGES.length];
    if (purge === undefined) return;
    this.#seq += 1;
    const values = purge.value === undefined ? [] : [purge.value];
    const at = { position: { epoch: EPOCH, seq: this.#seq }, atMs: this.#clock.nowMs() };
    this.#table = this.#table.with({ scope: purge.scope, values, soft, settleSeconds: 0 }, at);
    this.#adopt();
    for (const target of TARGETS.filter((one) => purge.names(one))) {
      if (!soft) this.#goneBelow.set(target, this.#asked);
      if (!soft || target.startsWith("/strict/")) this.#floors.set(target, this.#version(target));
    }
  }

  #ask(target: Target): void {
    const floor = this.#floors.get(target) ?? 0;
    const goneBelow = this.#goneBelow.get(target) ?? 0;
    void this.#made.request("GET", target).then(({ status, body, outcome }) => {
      if (status !== 200) return;
      if (outcome === "hit") this.hits += 1;
      const [version, number] = body.split(" ").map(Number);
      if ((version ?? 0) < floor) this.violations.push(`${target}: version ${version}, not ${floor} (${outcome})`);
      if ((number ?? 0) < goneBelow) this.violations.push(`${target}: body ${number} was gone (${outcome})`);
    });
  }

  #fetch(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
    const target = TARGETS.find((one) => one === request.target);
    if (target === undefined) throw new Error(`nobody asked for ${request.target}`);
    const about = validatorOf(request)?.number;
    if (about !== undefined && about < (this.#goneBelow.get(target) ?? 0))
      this.violations.push(`${target}: body ${about} was a validator, and gone`);
    const number = this.#asked;
    this.#asked += 1;
    return new Promise((resolve) =>
      this.#open.push({ request, target, version: this.#version(target), number, resolve }),
    );
  }

  #answer(which: number, fails: boolean): void {
    const [open] = this.#open.splice(which % Math.max(1, this.#open.length), 1);
    if (open === undefined) return;
    open.request.onOver?.();
    open.resolve(
      fails ? { kind: "failure", failure: "reset", detail: "scripted" } : answerOf(open, this.#clock.nowMs()),
    );
  }
}

/** Each body has an ETag of its own; the origin looks at the version in it. */
function validatorOf({ fields }: UpstreamRequest<ByteBody>): { version?: number; number?: number } | undefined {
  const etag = fields.find(([name]) => name === "if-none-match")?.[1];
  if (etag === undefined) return undefined;
  const [version, number] = etag.replaceAll('"', "").split(".").map(Number);
  return { ...(version !== undefined && { version }), ...(number !== undefined && { number }) };
}

function answerOf({ request, target, version, number }: Open, nowMs: number): UpstreamResult<ByteBody> {
  const about = validatorOf(request);
  const unchanged = about?.version === version;
  const fields: FieldLine[] = [
    ["date", new Date(nowMs).toUTCString()],
    ["etag", `"${version}.${unchanged ? about.number : number}"`],
    ["cache-control", target.startsWith("/strict/") ? "max-age=60, must-revalidate" : LAX],
    ["cache-tag", target.endsWith("/a") ? "a" : "b"],
  ];
  const body = unchanged ? undefined : Buffer.from(`${version} ${number}`);
  return { kind: "response", head: { status: unchanged ? 304 : 200, fields }, body, closeDelimited: false };
}
