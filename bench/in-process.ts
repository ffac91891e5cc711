/**
 * What a hit costs in our own code, without kernel and network: bytes of heads in, bytes of answers out, through the
 * listener's connection and a whole edge. `node bench/in-process.ts [--urls N] [--heads N] [--seconds N] [--bytes N] [--plain]`.
 * `--plain`: without answers that are ready.
 */

import { parseArgs } from "node:util";
import { Invalidations } from "../core/cache/invalidations.ts";
import { SearchVariances } from "../core/cache/search-variances.ts";
import { defaultSettings } from "../core/config/settings.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { REQUEST_LIMITS } from "../core/http/guard-fields.ts";
import { AppliedPurges } from "../core/ledger/applied-purges.ts";
import { clientAddress } from "../core/net/client-address.ts";
import { LOAD_LIMITS, Shedder } from "../core/overload/shedder.ts";
import type { Upstream } from "../core/ports.ts";
import { Counters } from "../edge/counters.ts";
import type { Edge } from "../edge/edge.ts";
import { Flights } from "../edge/flights.ts";
import { HoldDown } from "../edge/hold-down.ts";
import { PassMarkers } from "../edge/pass-markers.ts";
import { ReadyHits } from "../edge/ready.ts";
import { serve } from "../edge/serve.ts";
import { singleSite } from "../edge/single-site.ts";
import { poolLimits } from "../origin/pool-limits.ts";
import { Pools } from "../origin/pools.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { MemoryStore } from "../runtime/memory/store.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { nodeHashing } from "../runtime/node/hashing.ts";
import { Connection } from "../runtime/node/http1/connection.ts";
import { FakeWire } from "../runtime/node/http1/fake-wire.ts";
import { FieldMemory } from "../runtime/node/http1/field-memory.ts";
import { LISTENER_LIMITS } from "../runtime/node/http1/listener-options.ts";
import { ReaderCrowd } from "../runtime/node/http1/reader-patience.ts";
import { readyText } from "../runtime/node/http1/ready-head.ts";
import { TimerWheel } from "../runtime/node/http1/timer-wheel.ts";
import { BROWSER_FIELDS } from "./wrk.ts";

const { values } = parseArgs({
  options: {
    urls: { type: "string", default: "1" },
    heads: { type: "string", default: "1" },
    seconds: { type: "string", default: "2" },
    bytes: { type: "string", default: "1024" },
    plain: { type: "boolean", default: false },
  },
});
const body = Buffer.alloc(Number(values.bytes), "x");
const upstream: Upstream<ByteBody> = {
  fetch: async (request) => {
    setImmediate(() => request.onOver?.());
    const fields: FieldLine[] = [
      ["server", "origin"],
      ["date", new Date().toUTCString()],
      ["content-type", "text/plain"],
      ["content-length", String(body.length)],
      ["last-modified", "Mon, 23 Nov 2026 10:00:00 GMT"],
      ["etag", '"65646464-400"'],
      ["cache-control", "max-age=600"],
    ];
    return { kind: "response", head: { status: 200, fields }, body, closeDelimited: false };
  },
};
const made = singleSite({ originUrl: "http://127.0.0.1:1", profile: "safe", appliedAtMs: Date.now() });
if (!("site" in made)) throw new Error("the site does not compile");
const shedder = new Shedder({ ...LOAD_LIMITS, memoryMaxBytes: 2 ** 40, memoryStoreMaxBytes: 2 ** 40 });
const counters = new Counters();
const edge: Edge<ByteBody> = {
  id: "edge",
  clock: systemClock,
  store: new MemoryStore<ByteBody>({ maxBytes: 1024 * 1024 * 1024 }),
  bodies: byteBodies,
  hashing: nodeHashing,
  upstream,
  limits: defaultSettings,
  pools: new Pools(poolLimits(defaultSettings), systemClock),
  flights: new Flights(),
  holdDown: new HoldDown({ maxKeys: 1_000 }),
  passMarkers: new PassMarkers({ maxKeys: 1_000 }),
  invalidations: new Invalidations({ maxUris: 1_000, maxNames: 1_000 }),
  purges: new AppliedPurges(),
  searches: new SearchVariances({ maxPaths: 1_000 }),
  findSite: () => made.site,
  clientOf: (peerAddress, request) => clientAddress(peerAddress, request.fields, []),
  sheds: (work) => shedder.sheds(work, systemClock.random(), 0),
  mayRetry: () => shedder.mayRetry,
  mayStore: () => shedder.mayStore,
  record: (record) => counters.add(record),
  inBackground: (work) => void work,
};
const limits = REQUEST_LIMITS;
const memory = new FieldMemory();
const ready = values.plain ? undefined : new ReadyHits(edge, readyText);
const guard = { scheme: "http", protocol: "http1", maxBodyBytes: 1_000, limits, memory, ready } as const;
const options = {
  host: "",
  port: 0,
  handler: (incoming: Parameters<typeof serve<ByteBody>>[1]) => serve(edge, incoming),
  onError: (error: unknown) => console.error(error),
};
const wheel = new TimerWheel(1_000);
wheel.start();

/** Counts what is written and keeps nothing of it. */
class CountingWire extends FakeWire {
  bytes = 0;
  last = "";
  override write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    this.last = before;
    this.bytes += before.length + (bytes?.byteLength ?? 0) + after.length;
    return true;
  }
  override replay(bytes: Buffer): void {
    this.owner.received(bytes);
  }
}

const heads: Buffer[] = [];
const wanted = Number(values.urls) * 8;
for (let index = 0; index < Math.max(wanted, 4_096); index += 1) {
  const url = index % Number(values.urls);
  const set = (index * 7) % Number(values.heads);
  const fields = BROWSER_FIELDS.map((line) => line.replace("session=0", `session=${set}`)).join("\r\n");
  heads.push(Buffer.from(`GET /assets/${url}.txt HTTP/1.1\r\nHost: 127.0.0.1:9600\r\n${fields}\r\n\r\n`));
}
const wires = Array.from({ length: 64 }, () => {
  const wire = new CountingWire();
  new Connection(
    { options, limits: LISTENER_LIMITS, guard, wheel, readers: new ReaderCrowd(LISTENER_LIMITS), seats: undefined },
    wire,
    "192.0.2.1",
  );
  return wire;
});
for (const [index, head] of heads.entries()) {
  const wire = wires[index & 63];
  const before = wire?.bytes;
  wire?.replay(head);
  // A miss takes a few turns.
  while (wire?.bytes === before) await new Promise((resolve) => setImmediate(resolve));
}
/** Small enough to be undisturbed now and then. */
const BATCH = 500;
let at = 0;
let best = Number.POSITIVE_INFINITY;
let hits = 0;
const before = process.cpuUsage();
const end = Date.now() + Number(values.seconds) * 1_000;
while (Date.now() < end) {
  const began = process.hrtime.bigint();
  for (let turn = 0; turn < BATCH; turn += 1) {
    at = at + 1 < heads.length ? at + 1 : 0;
    const head = heads[at];
    if (head !== undefined) wires[turn & 63]?.replay(head);
  }
  hits += BATCH;
  best = Math.min(best, Number(process.hrtime.bigint() - began) / BATCH / 1_000);
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(wires[5]?.last);
const { user, system } = process.cpuUsage(before);
console.log(
  `${((user + system) / hits).toFixed(2)} µs of processor time a hit, ${best.toFixed(2)} at best;`,
  JSON.stringify(counters.snapshot().outcomes),
);
wheel.stop();
