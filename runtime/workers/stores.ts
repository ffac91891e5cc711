/** Which store an edge on Workers has: what works here is found out once, and said in Cache-Status when it is not much. */
import type { Store } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { MemoryStore, VARIANTS_PER_KEY } from "../memory/store.ts";
import { cachePlace, cacheWorks } from "./cache-place.ts";
import { EnvelopeStore } from "./envelope-store.ts";
import { r2Place } from "./r2-place.ts";
import { tieredPlace } from "./tiered-place.ts";

/** An isolate has 128 MB for everything. */
const MEMORY_BYTES = 48 * 1024 * 1024;

/** A store, and the reason that Cache-Status gives when it is not shared between isolates. */
export interface ChosenStore {
  readonly store: Store<ByteBody>;
  readonly reason: string | undefined;
}

/** For the requests of one isolate. */
export class Stores {
  readonly #cache: Cache;
  readonly #bucket: R2Bucket | undefined;
  /** Whether the Cache API works, for hosts of a zone and for `*.workers.dev`: one isolate may serve both. */
  readonly #probes = new Map<boolean, Promise<boolean>>();
  readonly #variantsPerKeyMax: number;
  #memory: MemoryStore<ByteBody> | undefined;

  constructor(options: {
    readonly cache: Cache;
    readonly bucket: R2Bucket | undefined;
    readonly variantsPerKeyMax?: number;
  }) {
    this.#variantsPerKeyMax = options.variantsPerKeyMax ?? VARIANTS_PER_KEY;
    this.#cache = options.cache;
    this.#bucket = options.bucket;
  }

  /** The store for a request to `host`. */
  async choose(host: string, inBackground: (work: Promise<unknown>) => void): Promise<ChosenStore> {
    const works = await this.#cacheWorks(host, inBackground);
    const near = works ? cachePlace(this.#cache, host) : undefined;
    const far = this.#bucket && r2Place(this.#bucket);
    const place = near !== undefined && far !== undefined ? tieredPlace(near, far, inBackground) : (near ?? far);
    const variantsPerKeyMax = this.#variantsPerKeyMax;
    if (place === undefined) {
      this.#memory ??= new MemoryStore({ maxBytes: MEMORY_BYTES, variantsPerKeyMax });
      return { store: this.#memory, reason: "no-shared-store" };
    }
    const uniqueName = (): string => crypto.randomUUID();
    return { store: new EnvelopeStore(place, { uniqueName, variantsPerKeyMax }), reason: undefined };
  }

  #cacheWorks(host: string, inBackground: (work: Promise<unknown>) => void): Promise<boolean> {
    const isPreview = /\.workers\.dev(:\d+)?$/.test(host);
    const known = this.#probes.get(isPreview);
    if (known !== undefined) return known;
    const probe = cacheWorks(this.#cache, host);
    this.#probes.set(isPreview, probe);
    // Others wait for it: it ends even if the client of this request leaves.
    inBackground(probe);
    return probe;
  }
}
