/**
 * An edge as `antipode edge --origin` makes it, less all that is recorded: what observing is compared with.
 * Takes a port and the port of its origin.
 */
import { Invalidations } from "../core/cache/invalidations.ts";
import { SearchVariances } from "../core/cache/search-variances.ts";
import { defaultSettings } from "../core/config/settings.ts";
import { clientAddress } from "../core/net/client-address.ts";
import { LOAD_LIMITS, Shedder } from "../core/overload/shedder.ts";
import type { Reply } from "../core/ports.ts";
import type { Edge } from "../edge/edge.ts";
import { Flights } from "../edge/flights.ts";
import { HoldDown } from "../edge/hold-down.ts";
import { PassMarkers } from "../edge/pass-markers.ts";
import { serve } from "../edge/serve.ts";
import { singleSite } from "../edge/single-site.ts";
import { poolLimits } from "../origin/pool-limits.ts";
import { Pools } from "../origin/pools.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { MemoryStore } from "../runtime/memory/store.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { nodeHashing } from "../runtime/node/hashing.ts";
import { listen } from "../runtime/node/http1/server.ts";
import { monitorLoad } from "../runtime/node/load-monitor.ts";
import { NodeUpstream } from "../runtime/node/upstream.ts";

const [port, originPort] = process.argv.slice(2).map(Number);
const made = singleSite({ originUrl: `http://127.0.0.1:${originPort}`, profile: "safe", appliedAtMs: Date.now() });
if (!("site" in made)) throw new Error("the site does not compile");
// All that a real edge does besides recording is done here too: else its cost would be counted as the record's.
const shedder = new Shedder({ ...LOAD_LIMITS, memoryMaxBytes: 2 ** 40, memoryStoreMaxBytes: 2 ** 40 });
const edge: Edge<ByteBody> = {
  id: "edge",
  clock: systemClock,
  store: new MemoryStore<ByteBody>({ maxBytes: 256 * 1024 * 1024 }),
  bodies: byteBodies,
  hashing: nodeHashing,
  upstream: new NodeUpstream(),
  limits: defaultSettings,
  pools: new Pools(poolLimits(defaultSettings), systemClock),
  flights: new Flights(),
  holdDown: new HoldDown({ maxKeys: 1_000 }),
  passMarkers: new PassMarkers({ maxKeys: 1_000 }),
  invalidations: new Invalidations({ maxUris: 1_000, maxNames: 1_000 }),
  searches: new SearchVariances({ maxPaths: 1_000 }),
  findSite: () => made.site,
  clientOf: (peerAddress, request) => clientAddress(peerAddress, request.fields, []),
  sheds: (work) => shedder.sheds(work, systemClock.random()),
  mayRetry: () => shedder.mayRetry,
  mayStore: () => shedder.mayStore,
  record: () => {},
  inBackground: (work) => void work,
};

const nothing = (): void => {};

/** Whoever does not call the reply's own `sent` makes no record. */
function unrecorded({ head, body }: Reply<ByteBody>): Reply<ByteBody> {
  return { head, body, sent: nothing };
}

monitorLoad(shedder, { inFlightBytes: () => 0, storeBytes: () => edge.store.usage().bytes });
await listen({
  host: "127.0.0.1",
  port: port ?? 0,
  handler: (incoming) => {
    const reply = serve(edge, incoming);
    return reply instanceof Promise ? reply.then(unrecorded) : unrecorded(reply);
  },
  siteOf: () => made.site.name,
  onError: (error) => console.error(error),
});
