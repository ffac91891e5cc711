/** Bodies made of slices of one version, fetched only as far as they are read. */
import { type BodyVersion, bodyVersion, isSameVersion } from "../core/cache/continuation.ts";
import { partInSlice, sliceBytesOf, sliceSpan } from "../core/cache/slices.ts";
import type { ByteSpan } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { uriOf } from "./invalidate.ts";
import { fetchAnew, fetchSlice, type GotSlice, leaveGot, type Slice } from "./slice.ts";

/** From where to where, and of which version. */
export interface Journey<B> {
  /** The slice in which the span begins, where it is there already. */
  readonly slice: Slice<B> | undefined;
  readonly version: BodyVersion;
  readonly span: ByteSpan;
}

/** The body of a span: slice after slice, of which one at most is fetched ahead of the reader. */
export function bodyOfSlices<B>(exchange: Exchange<B>, { slice, version, span }: Journey<B>): B {
  const { edge } = exchange;
  const sliceBytes = sliceBytesOf(edge.limits);
  const index = Math.floor(span.first / sliceBytes);
  const lastIndex = Math.floor(span.last / sliceBytes);
  // Later fetches are not what the record of this request tells of.
  const behind = { ...exchange, asked: { upstream: undefined, headMs: undefined } };
  const opened = (from: Slice<B>, at: number): B => {
    const body = from.open(partInSlice(span, sliceSpan(at, sliceBytes)));
    if (body === undefined) throw new Error("a slice is gone before it was read");
    return body;
  };
  if (slice !== undefined && index === lastIndex) return opened(slice, index);
  let at = index;
  let coming = slice === undefined ? undefined : Promise.resolve(slice);
  return edge.bodies.inTurn(async () => {
    if (at > lastIndex) return undefined;
    // Opened when it is its turn: what was fetched ahead for a client that leaves has no reader to lose.
    const body = opened(await (coming ?? sameVersion(behind, at, version)), at);
    at += 1;
    if (at <= lastIndex) coming = sameVersion(behind, at, version);
    // Told to the reader when it gets there.
    coming?.catch(() => {});
    return body;
  });
}

/** A slice of that version; another one is never mixed with it. Throws when the origin has another by now, or fails. */
async function sameVersion<B>(exchange: Exchange<B>, index: number, version: BodyVersion): Promise<Slice<B>> {
  let got = await fetchSlice(exchange, index);
  // What is stored may be older or newer than what has begun: the origin knows.
  if (got.kind === "slice" && got.slice.isUnasked && sliceOf(got, version) === undefined) {
    got = await fetchAnew(exchange, index);
  }
  const slice = sliceOf(got, version);
  if (slice !== undefined) return slice;
  leaveGot(exchange, got);
  if (isOther(got)) forget(exchange);
  throw new Error("the rest of the body is of another version, or cannot be had");
}

/** Whether an answer of the origin's says that there is another version. That none came, or that our client left, does not. */
function isOther<B>(got: GotSlice<B>): boolean {
  return got.kind === "slice" || (got.kind === "unshared" && got.upstream.head.status < 500);
}

/** The slice, if it is of that version. */
export function sliceOf<B>(got: GotSlice<B>, version: BodyVersion): Slice<B> | undefined {
  if (got.kind !== "slice") return undefined;
  return isSameVersion(version, bodyVersion(got.slice.head)) ? got.slice : undefined;
}

/** What was fetched of this object until now is of no use any more; a slice that is still being stored neither. */
function forget<B>(exchange: Exchange<B>): void {
  const { invalidations, clock } = exchange.edge;
  void invalidations.add({ uris: [uriOf(exchange)], names: [] }, clock.nowMs());
}
