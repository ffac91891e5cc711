/** Where an address is: a port, since the data behind it is large and of many makes. */
import type { Coordinates } from "../config/types.ts";

/** A place, as exact as the provider knows it. */
export interface Place {
  readonly at: Coordinates;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string;
  /** How far off it may be; undefined when the provider does not say. */
  readonly areaKm: number | undefined;
}

/** Finds the place of an address. Never throws; undefined when unknown. */
export interface GeoProvider {
  locate(address: string): Place | undefined;
  /** The edges that an operator wants for an address, best first; absent or undefined: those that measure best. */
  edgesFor?(address: string): readonly string[] | undefined;
}
