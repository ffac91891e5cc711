/**
 * Short bodies side by side in slabs: an array of its own for each would take more than many of them have bytes. No place is
 * used twice. A slab of which little is still stored is emptied: what is left moves to the newest, and readers
 * of the old bytes keep them for as long as they need them.
 */
import type { ByteSpan, KeptBody } from "../../core/ports.ts";

/** Longer bodies have an array each. */
export const PACKED_BODY_MAX_BYTES = 16_384;
/** One slab; at its end up to one body's room stays empty. */
export const SLAB_BYTES = 262_144;
/** A slab with less than this share of it stored is emptied. */
const STORED_SHARE_MIN = 0.8;
/** So many slabs are filled after one before what was never stored of it counts: it may be on its way to the store. */
const YOUNG_SLABS = 8;

/** Memory in which bodies lie. */
class Slab {
  readonly bytes = new Uint8Array(SLAB_BYTES);
  usedBytes = 0;
  /** Of bodies that a store holds. */
  storedBytes = 0;
  /** The store has had the time to take what it takes. */
  isOld = false;
  /** What was stored of it has moved; who still has a body in it may store it yet. */
  isEmptied = false;
  readonly bodies: PackedBody[] = [];
}

/** One body in a slab. */
class PackedBody implements KeptBody<Uint8Array> {
  readonly bytes: number;
  readonly #packed: PackedBodies;
  #slab: Slab;
  #at: number;
  /** How many stored responses share it. */
  #holders = 0;

  constructor(packed: PackedBodies, { slab, at, bytes }: { slab: Slab; at: number; bytes: number }) {
    this.#packed = packed;
    this.#slab = slab;
    this.#at = at;
    this.bytes = bytes;
  }

  open(span?: ByteSpan): Uint8Array {
    if (span !== undefined) {
      return this.#slab.bytes.subarray(this.#at + span.first, this.#at + Math.min(span.last + 1, this.bytes));
    }
    return this.#slab.bytes.subarray(this.#at, this.#at + this.bytes);
  }

  get isStored(): boolean {
    return this.#holders > 0;
  }

  hold(): void {
    this.#holders += 1;
    if (this.#holders > 1) return;
    this.#slab.storedBytes += this.bytes;
    if (this.#slab.isEmptied) this.#packed.bring(this);
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#slab.storedBytes -= this.bytes;
    this.#packed.lost(this.#slab);
  }

  move(slab: Slab, at: number): void {
    slab.bytes.set(this.open(), at);
    this.#slab.storedBytes -= this.bytes;
    slab.storedBytes += this.bytes;
    this.#slab = slab;
    this.#at = at;
  }
}

/** The slabs of one store. */
export class PackedBodies {
  #newest = new Slab();
  readonly #young: Slab[] = [];

  /** Copies the chunks, `bytes` in all, at most `PACKED_BODY_MAX_BYTES`. */
  pack(chunks: readonly Uint8Array[], bytes: number): KeptBody<Uint8Array> {
    const slab = this.#slabFor(bytes);
    const body = new PackedBody(this, { slab, at: slab.usedBytes, bytes });
    for (const chunk of chunks) {
      slab.bytes.set(chunk, slab.usedBytes);
      slab.usedBytes += chunk.byteLength;
    }
    slab.bodies.push(body);
    return body;
  }

  /** Some of what was stored in a slab is not any more. */
  lost(slab: Slab): void {
    if (slab.isOld && slab.storedBytes < STORED_SHARE_MIN * SLAB_BYTES) this.#empty(slab);
  }

  /** Moves a stored body to the newest slab. */
  bring(body: PackedBody): void {
    const slab = this.#slabFor(body.bytes);
    body.move(slab, slab.usedBytes);
    slab.usedBytes += body.bytes;
    slab.bodies.push(body);
  }

  #slabFor(bytes: number): Slab {
    if (this.#newest.usedBytes + bytes <= SLAB_BYTES) return this.#newest;
    this.#young.push(this.#newest);
    this.#newest = new Slab();
    const aged = this.#young.length > YOUNG_SLABS ? this.#young.shift() : undefined;
    if (aged !== undefined) {
      aged.isOld = true;
      this.lost(aged);
    }
    return this.#slabFor(bytes);
  }

  #empty(slab: Slab): void {
    // Once: what fills a slab up on the way may lead here again.
    slab.isOld = false;
    slab.isEmptied = true;
    for (const body of slab.bodies.splice(0)) if (body.isStored) this.bring(body);
  }
}
