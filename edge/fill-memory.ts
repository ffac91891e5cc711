/** What all bodies on their way to this edge hold in memory together. */
import type { SpoolRoom } from "../core/ports.ts";

/** What any body may hold, however full it is: less would make its transfer slow. */
const LEAST_BYTES = 65_536;

/** An account for each body. */
export class FillMemory {
  #heldBytes = 0;

  /** Room for a body of known length, for as long as it is on its way. Undefined: there is none. */
  reserve(bytes: number, maxBytes: number): SpoolRoom | undefined {
    return this.#heldBytes + bytes > maxBytes ? undefined : this.#room(bytes, () => false);
  }

  /** Room that a body takes as it needs it, while there is some. */
  share(maxBytes: number): SpoolRoom {
    return this.#room(0, () => this.#heldBytes >= maxBytes);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  #room(reservedBytes: number, isFull: () => boolean): SpoolRoom {
    let countedBytes = 0;
    const count = (bytes: number): void => {
      this.#heldBytes += bytes - countedBytes;
      countedBytes = bytes;
    };
    count(reservedBytes);
    return {
      leastBytes: LEAST_BYTES,
      isFull,
      holds: (bytes) => count(bytes === 0 ? 0 : Math.max(reservedBytes, bytes)),
    };
  }
}
