/** A kept body that lies in a place: nothing is fetched before somebody reads, and it may be gone by then. */
import type { ByteSpan, KeptBody } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import type { Place } from "./place.ts";

/** Where a body lies. */
export interface BodyPlacement {
  readonly name: string;
  readonly bytes: number;
}

/** A kept body that can say where it lies, so that a new head can share it. */
export class PlacedBody implements KeptBody<ByteBody> {
  readonly placement: BodyPlacement;
  readonly #place: Place;
  readonly #onGone: () => Promise<void>;

  constructor(place: Place, placement: BodyPlacement, onGone: () => Promise<void>) {
    this.#place = place;
    this.placement = placement;
    this.#onGone = onGone;
  }

  get bytes(): number {
    return this.placement.bytes;
  }

  open(span?: ByteSpan): ByteBody {
    if (this.bytes === 0) return new Uint8Array(0);
    return new LateBody(() => this.#place.get(this.placement.name, span), this.#onGone);
  }
}

/** A body that is fetched when it is first read. */
export class LateBody implements AsyncIterable<Uint8Array> {
  readonly #get: () => Promise<ReadableStream<Uint8Array> | undefined>;
  readonly #onGone: () => Promise<void>;

  constructor(get: () => Promise<ReadableStream<Uint8Array> | undefined>, onGone: () => Promise<void>) {
    this.#get = get;
    this.#onGone = onGone;
  }

  /** The native stream; undefined when the body is gone, and then the store has forgotten its head too. */
  async stream(): Promise<ReadableStream<Uint8Array> | undefined> {
    const stream = await this.#get();
    if (stream === undefined) await this.#onGone();
    return stream;
  }

  /** For whoever reads chunk by chunk; leaving before the first chunk fetches nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined> {
    const stream = await this.stream();
    if (stream === undefined) throw new Error("the stored body is gone");
    yield* stream;
  }
}
