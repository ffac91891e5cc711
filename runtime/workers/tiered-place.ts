/** Two places, the near one first: what only the far one has is brought near. */
import type { Place } from "./place.ts";

/** What is brought near at once; larger bytes are read from afar each time. */
export const BRING_NEAR_MAX_BYTES = 8_388_608;

/** A place made of two. Both are written; a failure of the near one costs speed only. */
export function tieredPlace(near: Place, far: Place, inBackground: (work: Promise<unknown>) => void): Place {
  return {
    get: async (name, span) => {
      const found = await near.get(name, span).catch(() => undefined);
      if (found !== undefined) return found;
      const distant = await far.get(name, span);
      // A part cannot stand for the whole.
      if (distant === undefined || span !== undefined) return distant;
      const [mine, copy] = distant.tee();
      inBackground(bringNear(near, name, copy));
      return mine;
    },
    put: async (name, bytes) => {
      await Promise.all([near.put(name, bytes).catch(() => {}), far.put(name, bytes)]);
    },
    remove: async (name) => {
      await Promise.all([near.remove(name), far.remove(name)]);
    },
  };
}

async function bringNear(near: Place, name: string, copy: ReadableStream<Uint8Array>): Promise<void> {
  const bytes = new Uint8Array(await new Response(copy).arrayBuffer());
  if (bytes.byteLength <= BRING_NEAR_MAX_BYTES) await near.put(name, bytes);
}
