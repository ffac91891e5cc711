/** An R2 bucket as a place for bytes: permanent, the same in every data centre. */
import type { Place } from "./place.ts";

/** A place in a bucket. */
export function r2Place(bucket: R2Bucket): Place {
  return {
    get: async (name, span) => {
      const range = span && { offset: span.first, length: span.last - span.first + 1 };
      const found = await (range === undefined ? bucket.get(name) : bucket.get(name, { range }));
      return found?.body;
    },
    put: async (name, bytes) => {
      await bucket.put(name, bytes);
    },
    remove: (name) => bucket.delete(name),
  };
}
