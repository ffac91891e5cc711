/** Places of addresses from geoip-lite: country-right for 95 % of fixed lines, its `area` a usable error bar. */
import { createRequire } from "node:module";
import type { GeoProvider, Place } from "../../core/route/geo.ts";

const MEMO_MAX = 10_000;

type GeoipLite = typeof import("geoip-lite");

/** The provider. Loading the data takes about a second, so it is done at construction, before the router says READY. */
export class GeoipLiteProvider implements GeoProvider {
  readonly #geoip: GeoipLite = createRequire(import.meta.url)("geoip-lite");
  readonly #memo = new Map<string, Place | undefined>();

  locate(address: string): Place | undefined {
    if (this.#memo.has(address)) return this.#memo.get(address);
    const place = this.#lookUp(address);
    if (this.#memo.size >= MEMO_MAX) this.#memo.clear();
    this.#memo.set(address, place);
    return place;
  }

  #lookUp(address: string): Place | undefined {
    const found = this.#geoip.lookup(address);
    const [latitude, longitude] = found?.ll ?? [];
    if (!found || typeof latitude !== "number" || typeof longitude !== "number") return undefined;
    const areaKm = found.area > 0 ? found.area : undefined;
    return { at: [latitude, longitude], country: found.country, areaKm };
  }
}
