/** Places as an operator's nets say them, and those of another provider where they say nothing. */
import type { GeoProvider, Place } from "./geo.ts";
import type { NetEntry, Nets } from "./nets.ts";

/** So exact is a place that somebody wrote down. */
const WRITTEN_AREA_KM = 25;
/** A geofeed names no point: its country is known, and where in it is not. */
const COUNTRY_AREA_KM = 1_000;
/** Found entries that are remembered, since each network may be looked up for each request. */
const MEMO_MAX = 10_000;

/** Wraps a provider. */
export class NetsProvider implements GeoProvider {
  readonly #nets: Nets;
  readonly #other: GeoProvider;
  readonly #memo = new Map<string, NetEntry | undefined>();

  constructor(nets: Nets, other: GeoProvider) {
    this.#nets = nets;
    this.#other = other;
  }

  locate(address: string): Place | undefined {
    const entry = this.#find(address);
    if (entry?.kind === "place") return { at: entry.at, country: entry.country, areaKm: WRITTEN_AREA_KM };
    const place = this.#other.locate(address);
    if (entry?.kind !== "feed" || entry.country === "" || place === undefined) return place;
    // The feed knows the country better; where the two agree the other's point may stand.
    return place.country === entry.country ? place : { ...place, country: entry.country, areaKm: COUNTRY_AREA_KM };
  }

  edgesFor(address: string): readonly string[] | undefined {
    const entry = this.#find(address);
    return entry?.kind === "edges" ? entry.edges : undefined;
  }

  #find(address: string): NetEntry | undefined {
    if (this.#memo.has(address)) return this.#memo.get(address);
    if (this.#memo.size >= MEMO_MAX) this.#memo.clear();
    const entry = this.#nets.find(address);
    this.#memo.set(address, entry);
    return entry;
  }
}
