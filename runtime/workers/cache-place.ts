/** The Cache API as a place for bytes: it is told to keep them long; what is fresh is decided by the engine. */
import type { Place, PlacedSpan } from "./place.ts";
import { spanOf } from "./span.ts";

/** How long the platform may keep what nobody asks for. It drops what is asked for least long before. */
export const KEEP_SECONDS = 2_592_000;

/** Names become URLs of this path below a host of the zone (another host would cost a DNS look-up). Nobody else can fetch them: the Worker answers all of `/.antipode/`. */
const PREFIX = "/.antipode/store/";

/** A place in the cache of this data centre. */
export function cachePlace(cache: Cache, host: string): Place {
  const urlOf = (name: string): string => `https://${host}${PREFIX}${name}`;
  return {
    get: async (name, span?: PlacedSpan) => {
      const response = await cache.match(urlOf(name));
      const { body } = response ?? {};
      if (body === undefined || body === null) return undefined;
      return span === undefined ? body : spanOf(body, span);
    },
    put: (name, bytes) => cache.put(urlOf(name), new Response(bytes, { headers: keepHeaders(bytes) })),
    remove: async (name) => {
      await cache.delete(urlOf(name));
    },
  };
}

function keepHeaders(bytes: Uint8Array): Record<string, string> {
  return {
    "cache-control": `public, max-age=${KEEP_SECONDS}`,
    "content-type": "application/octet-stream",
    "content-length": `${bytes.byteLength}`,
  };
}

/** Whether the Cache API keeps anything here: on `*.workers.dev` and in previews it takes everything and finds nothing. */
export async function cacheWorks(cache: Cache, host: string): Promise<boolean> {
  const place = cachePlace(cache, host);
  try {
    await place.put("probe", new Uint8Array([1]));
    const found = await place.get("probe");
    await found?.cancel();
    return found !== undefined;
  } catch {
    return false;
  }
}
