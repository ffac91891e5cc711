/** The store of the scenarios on workerd: the one of production, over the Cache API. */
import type { Store } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { cachePlace } from "../../runtime/workers/cache-place.ts";
import { EnvelopeStore } from "../../runtime/workers/envelope-store.ts";

/** A new, empty store: each has a host of its own. */
export function storeUnderTest(): Store<ByteBody> {
  const place = cachePlace(caches.default, `${crypto.randomUUID()}.test`);
  return new EnvelopeStore(place, { uniqueName: () => crypto.randomUUID() });
}
