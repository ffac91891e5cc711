/** The store of the scenarios on Node. On workerd another file stands in this one's place (test/workerd). */
import type { Store } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { MemoryStore } from "../../runtime/memory/store.ts";

/** A new, empty store. */
export function storeUnderTest(): Store<ByteBody> {
  return new MemoryStore<ByteBody>({ maxBytes: 64 * 1024 * 1024 });
}
