/** Readers of a fill that are too slow for it: they go on from the store, or by a range of their own from the origin. */
import {
  type BodyVersion,
  bodyVersion,
  continuationFields,
  isContinuation,
  isSameVersion,
} from "../core/cache/continuation.ts";
import { Cancellation } from "../core/cancellation.ts";
import type { ResponseHead } from "../core/http/fields.ts";
import type { LaggingReader, SpoolLag } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { fetchOrigin } from "./fetch.ts";
import { keyToStore } from "./find.ts";

/** A fill: who began it, what came, and which denied request fields went through for it. */
interface Begun<B> {
  readonly exchange: Exchange<B>;
  readonly head: ResponseHead;
  readonly keptFields: ReadonlySet<string>;
}

/**
 * What slow readers of a fill do. Undefined where nothing tells that they would go on with the same body: then the fill
 * goes at the pace of the slowest.
 */
export function lagOf<B>(begun: Begun<B>): SpoolLag<B> | undefined {
  const { flights, limits, clock } = begun.exchange.edge;
  const version = bodyVersion(begun.head);
  if (version === undefined) return undefined;
  return {
    maxBytes: limits.waiterLagMaxBytes,
    patienceMs: limits.readerPatienceMs,
    clock,
    leave: () => (flights.lagging.enter(limits.laggingReadersMax) ? laggingReader(begun, version) : undefined),
  };
}

function laggingReader<B>(begun: Begun<B>, version: BodyVersion): LaggingReader<B> {
  const cancellation = new Cancellation();
  return {
    continueFrom: async (first) =>
      (await fromStore(begun, version, first)) ?? (await fromOrigin(begun, version, first, cancellation)),
    over: () => {
      begun.exchange.edge.flights.lagging.leave();
      cancellation.cancel();
    },
  };
}

/** The rest of the same version, if it has been stored meanwhile. */
async function fromStore<B>({ exchange, head }: Begun<B>, version: BodyVersion, first: number): Promise<B | undefined> {
  const variants = await exchange.edge.store.find(keyToStore(exchange, head.fields));
  const same = variants.find((variant) => isSameVersion(version, bodyVersion(variant.head)));
  return same?.body.bytes === version.bytes ? same.body.open({ first, last: version.bytes - 1 }) : undefined;
}

/** The rest by a range that is bound to the version. Undefined when the origin has another by now, or knows no ranges. */
async function fromOrigin<B>(
  { exchange, keptFields }: Begun<B>,
  version: BodyVersion,
  first: number,
  cancellation: Cancellation,
): Promise<B | undefined> {
  const { edge, request } = exchange;
  // The record of the request that began the fill says nothing of this one.
  const behind = { ...exchange, asked: { upstream: undefined, headMs: undefined } };
  const fetched = await fetchOrigin(behind, {
    fields: continuationFields(request.fields, version, first),
    cancellation,
    keptFields,
    relayInterim: false,
  });
  if (fetched.kind === "failure") return undefined;
  if (isContinuation(fetched.head, version, first)) return fetched.body;
  edge.bodies.discard(fetched.body);
  return undefined;
}
