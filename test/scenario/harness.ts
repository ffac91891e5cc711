/**
 * A conversation between a client, an edge and an origin, on a virtual clock. The edge is the production engine with
 * its production store and bodies; only the network is scripted.
 */

import { expect } from "vitest";
import { Invalidations } from "../../core/cache/invalidations.ts";
import type { CacheRules } from "../../core/cache/rules.ts";
import { SearchVariances } from "../../core/cache/search-variances.ts";
import { Cancellation } from "../../core/cancellation.ts";
import { compileSite } from "../../core/config/compile-config.ts";
import type { CompiledSite } from "../../core/config/compiled-site.ts";
import { defaultSettings, type Settings } from "../../core/config/settings.ts";
import type { SiteConfig } from "../../core/config/types.ts";
import type { FieldLine, ResponseHead } from "../../core/http/fields.ts";
import { AppliedPurges } from "../../core/ledger/applied-purges.ts";
import { Rates } from "../../core/overload/rates.ts";
import type { Work } from "../../core/overload/shedder.ts";
import type { Reply, UpstreamFailure, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { RequestRecord } from "../../core/record.ts";
import { passingOn } from "../../core/trace/observed.ts";
import type { Edge, EdgeBeacon, EdgeLimits } from "../../edge/edge.ts";
import { Flights } from "../../edge/flights.ts";
import { HoldDown } from "../../edge/hold-down.ts";
import { PassMarkers } from "../../edge/pass-markers.ts";
import { serve } from "../../edge/serve.ts";
import { poolLimits } from "../../origin/pool-limits.ts";
import { Pools } from "../../origin/pools.ts";
import { type ByteBody, byteBodies } from "../../runtime/memory/bodies.ts";
import { webHashing } from "../../runtime/workers/hashing.ts";
import { storeUnderTest } from "./store-under-test.ts";
import { VirtualClock } from "./virtual-clock.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;

const linesOf = (headers: Headers): FieldLine[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((line): FieldLine => [name.toLowerCase(), line]),
  );

type Answer = (request: UpstreamRequest<ByteBody>) => UpstreamResult<ByteBody> | Promise<UpstreamResult<ByteBody>>;

/** What the origin was asked, and what it is told to answer next. */
class Origin {
  readonly requests: UpstreamRequest<ByteBody>[] = [];
  readonly #answers: Answer[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** The next request gets this answer; `Date` is now unless given. */
  replies(status: number, headers: Headers = {}, body = "body", options: { closeDelimited?: boolean } = {}): this {
    return this.answers(() => ({
      kind: "response",
      head: this.#head(status, headers),
      body: status === 304 || status === 204 ? undefined : Buffer.from(body),
      closeDelimited: options.closeDelimited ?? false,
    }));
  }

  fails(failure: UpstreamFailure): this {
    return this.answers(() => ({ kind: "failure", failure, detail: "scripted" }));
  }

  answers(answer: Answer): this {
    this.#answers.push(answer);
    return this;
  }

  /** The last request's field. */
  saw(name: string): string | undefined {
    return this.requests.at(-1)?.fields.find((line) => line[0] === name)?.[1];
  }

  async fetch(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
    this.requests.push(request);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`the origin did not expect ${request.method} ${request.target}`);
    const result = await answer(request);
    request.onOver?.();
    return result;
  }

  #head(status: number, headers: Headers): ResponseHead {
    const lines = linesOf(headers);
    if (lines.some(([name]) => name === "date")) return { status, fields: lines.filter(([, value]) => value !== "") };
    return { status, fields: [["date", new Date(this.#clock.nowMs()).toUTCString()], ...lines] };
  }
}

/** What a client got. */
export interface Got {
  readonly status: number;
  readonly body: string;
  readonly outcome: string;
  readonly record: RequestRecord;
  header(name: string): string | undefined;
}

/** What else may be told of a request. */
export interface Asking {
  readonly host?: string;
  readonly body?: string;
  /** The client's address, if it is not 192.0.2.1. */
  readonly from?: string;
  /** The client leaves when this fires. */
  readonly cancellation?: Cancellation;
  /** Interim responses are added here. */
  readonly interim?: ResponseHead[];
}

/** A new edge, origin and clock. */
export function scenario(
  options: {
    readonly rules?: Partial<CacheRules>;
    readonly config?: Partial<SiteConfig>;
    readonly limits?: Partial<EdgeLimits>;
    readonly sheds?: (work: Work) => boolean;
    readonly mayRetry?: () => boolean;
    readonly mayStore?: () => boolean;
    readonly countryOf?: (address: string) => string | undefined;
    readonly settings?: Partial<Settings>;
    readonly debugToken?: string;
    readonly beacon?: EdgeBeacon;
    /** Of an edge before it, which this one is after a restart. */
    readonly clock?: VirtualClock;
    /** In place of what a new edge has. */
    readonly parts?: Partial<Edge<ByteBody>>;
  } = {},
) {
  const clock = options.clock ?? new VirtualClock();
  const site = siteOf(options, clock.nowMs());
  const origin = new Origin(clock);
  const records: RequestRecord[] = [];
  const background: Promise<unknown>[] = [];
  const rates = new Rates({ ...defaultSettings, ...options.settings }, []);
  const edge: Edge<ByteBody> = {
    id: "nyc",
    clock,
    store: storeUnderTest(),
    bodies: byteBodies,
    upstream: origin,
    hashing: webHashing,
    limits: {
      memoryObjectMaxBytes: 1024 * 1024,
      cacheKeyMaxBytes: 4096,
      varyFieldsMax: 4,
      variantsPerKeyMax: 16,
      tagsPerResponseMax: 128,
      tagsPerResponseMaxBytes: 8192,
      maxWaitersPerKey: 20_000,
      waitersMaxBytes: 134_217_728,
      leaderReplacementsMax: 2,
      waiterLagMaxBytes: 8_388_608,
      readerPatienceMs: 2_000,
      laggingReadersMax: 256,
      fillsMaxBytes: 268_435_456,
      unreadFillKeepPercent: 25,
      rangesPerRequestMax: 4,
      sliceBytes: 1_048_576,
      hitForPassSeconds: 120,
      errorHoldDownMs: 0,
      hopsMax: 8,
      forwardedHeaderTotalMaxBytes: 12_288,
      ...options.limits,
    },
    pools: new Pools(poolLimits({ ...defaultSettings, ...options.settings }), clock),
    flights: new Flights(),
    passMarkers: new PassMarkers({ maxKeys: 1000 }),
    holdDown: new HoldDown({ maxKeys: 1000 }),
    invalidations: new Invalidations({ maxUris: 1000, maxNames: 1000 }),
    purges: new AppliedPurges(),
    searches: new SearchVariances({ maxPaths: 1000 }),
    findSite: (authority) => (authority === "www.example.com" ? site : undefined),
    ...(options.sheds !== undefined && { sheds: options.sheds }),
    ...(options.beacon !== undefined && { beacon: options.beacon }),
    ...(options.mayRetry !== undefined && { mayRetry: options.mayRetry }),
    ...(options.mayStore !== undefined && { mayStore: options.mayStore }),
    ...(options.countryOf !== undefined && { countryOf: options.countryOf }),
    ...(options.debugToken !== undefined && {
      observing: { ...passingOn(() => 0.5), debugToken: options.debugToken },
    }),
    clientOf: (peerAddress) => ({ clientAddress: peerAddress, earlierAddresses: [] }),
    rates,
    record: (record) => {
      records.push(record);
      rates.answered(record.clientAddress, record.status, clock.nowMs());
    },
    inBackground: (work) => background.push(work),
    ...options.parts,
  };
  /** Sends a request and reads the whole answer, as one client. */
  async function request(
    method: string,
    target: string,
    headers: Headers = {},
    {
      host = "www.example.com",
      body: sent,
      from = "192.0.2.1",
      cancellation = new Cancellation(),
      interim = [],
    }: Asking = {},
  ): Promise<Got> {
    const reply = await serve(edge, {
      head: { method, scheme: "http", authority: host, target, fields: [["host", host], ...linesOf(headers)] },
      body: sent === undefined ? undefined : Buffer.from(sent),
      peerAddress: from,
      cancellation,
      receivedAtMs: clock.nowMs(),
      interim: (head) => interim.push(head),
    });
    const { body, end } = await readAll(reply);
    const recordsBefore = records.length;
    end();
    const record = records[recordsBefore];
    if (record === undefined || records.length !== recordsBefore + 1) throw new Error("not exactly one record");
    const header = (name: string): string | undefined => reply.head.fields.find((line) => line[0] === name)?.[1];
    const outcome = /detail=([a-z-]+)(?:; reason=[a-z-]+)?$/.exec(header("cache-status") ?? "")?.[1] ?? "";
    expect(outcome, "the header and the record agree").toBe(record.outcome);
    return { status: reply.head.status, body, outcome, record, header };
  }

  /** Waits until nothing goes on behind the answers. */
  async function settled(): Promise<void> {
    while (background.length > 0) await background.shift();
  }

  const get = async (target: string, headers: Headers = {}): Promise<Got> => {
    const got = await request("GET", target, headers);
    await settled();
    return got;
  };
  return { clock, origin, edge, records, request, get, settled };
}

/** The site under test: `config` as a site owner writes it, `rules` to set one caching rule directly. */
function siteOf(
  { rules, config }: { readonly rules?: Partial<CacheRules>; readonly config?: Partial<SiteConfig> },
  appliedAtMs: number,
): CompiledSite {
  const whole = {
    hosts: ["www.example.com"],
    origins: [{ url: "http://origin.test" }],
    origin: { allowPrivate: true },
    ...config,
  };
  const compiled = compileSite(whole, { name: "example", appliedAtMs });
  if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
  const { site } = compiled;
  const rulesFor: CompiledSite["rulesFor"] = (request) => {
    const effective = site.rulesFor(request);
    return { ...effective, cache: { ...effective.cache, ...rules } };
  };
  return rules === undefined ? site : { ...site, rulesFor };
}

async function readAll(reply: Reply<ByteBody>): Promise<{ body: string; end: () => void }> {
  const chunks: Uint8Array[] = [];
  try {
    if (reply.body instanceof Uint8Array) chunks.push(reply.body);
    else if (reply.body !== undefined) for await (const chunk of reply.body) chunks.push(chunk);
  } catch (error) {
    reply.sent({ bodyBytes: Buffer.concat(chunks).length, complete: false });
    throw error;
  }
  const body = Buffer.concat(chunks);
  return { body: body.toString(), end: () => reply.sent({ bodyBytes: body.length, complete: true }) };
}
