/** An edge on Cloudflare Workers: the same engine, in front of the origin that the variable ORIGIN names. */
import type { Profile } from "../core/config/types.ts";
import type { Clock, Target } from "../core/ports.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { MemoryStore } from "../runtime/memory/store.ts";
import { answerRequest } from "../runtime/workers/listener.ts";
import { fetchUpstream } from "../runtime/workers/upstream.ts";
import type { Edge } from "./edge.ts";
import { Flights } from "./flights.ts";
import { PassMarkers } from "./pass-markers.ts";
import { serve } from "./serve.ts";
import { singleSite } from "./single-site.ts";

/** Bindings of wrangler.toml. */
export interface Environment {
  readonly ORIGIN: string;
  readonly PROFILE?: string;
  /** The name in Cache-Status. */
  readonly EDGE_ID?: string;
}

/** An isolate has 128 MB for everything. */
const MEMORY_BYTES = 64 * 1024 * 1024;

const clock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

let edge: Edge<ByteBody> | undefined;
let waitUntil: (work: Promise<unknown>) => void = () => {};

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    waitUntil = (work) => context.waitUntil(work);
    edge ??= makeEdge(environment);
    const ready = edge;
    return answerRequest((incoming) => serve(ready, incoming), request, clock.nowMs());
  },
} satisfies ExportedHandler<Environment>;

function makeEdge(environment: Environment): Edge<ByteBody> {
  const site = singleSite({
    origin: originOf(environment.ORIGIN),
    profile: profileOf(environment.PROFILE),
    timeouts: { connectMs: 3_000, firstByteMs: 15_000, betweenBytesMs: 15_000 },
  });
  return {
    id: environment.EDGE_ID ?? "workers",
    clock,
    store: new MemoryStore<ByteBody>({ maxBytes: MEMORY_BYTES }),
    bodies: byteBodies,
    upstream: fetchUpstream,
    limits: {
      memoryObjectMaxBytes: 8 * 1024 * 1024,
      varyFieldsMax: 4,
      maxWaitersPerKey: 20_000,
      hitForPassSeconds: 120,
      hopsMax: 8,
    },
    flights: new Flights(),
    passMarkers: new PassMarkers({ maxKeys: 10_000 }),
    findSite: () => site,
    clientOf: (peerAddress) => ({ clientAddress: peerAddress, earlierAddresses: [] }),
    record: () => {},
    inBackground: (work) => waitUntil(work.catch((error) => console.error(error))),
  };
}

function originOf(text: string | undefined): Target {
  const url = URL.canParse(text ?? "") ? new URL(text ?? "") : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new Error(
      'ORIGIN is not set to a URL: set it under [vars] in wrangler.toml, e.g. ORIGIN = "https://www.example.com"',
    );
  }
  const scheme = url.protocol === "https:" ? "https" : "http";
  return {
    scheme,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (scheme === "https" ? 443 : 80),
  };
}

function profileOf(text: string | undefined): Profile {
  if (text === undefined || text === "safe" || text === "rfc9111") return text ?? "safe";
  throw new Error(`PROFILE is "${text}": write "safe" or "rfc9111"`);
}
