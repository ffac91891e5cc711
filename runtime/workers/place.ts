/** Where a Worker can leave bytes under a name: the part of the store that knows the platform. */

/** A part of the bytes, both ends included, counted from 0. */
export interface PlacedSpan {
  readonly first: number;
  readonly last: number;
}

/** Named bytes, forgotten whenever the platform likes. Names are short and safe in URLs. */
export interface Place {
  /** Undefined when nothing is there (any more). */
  get(name: string, span?: PlacedSpan): Promise<ReadableStream<Uint8Array> | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}
