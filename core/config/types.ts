/** The plain types of the one config file. Everything optional has its default in `compile`. */

/** Latitude and longitude in degrees. */
export type Coordinates = readonly [latitude: number, longitude: number];

/** The two sets of caching choices that differ from each other (docs/conformance.md). */
export type Profile = "safe" | "rfc9111";

/** One server of a site's origin pool. */
export interface OriginConfig {
  readonly url: string;
  readonly weight?: number;
  readonly backup?: boolean;
}

/** A caching node at a place. */
export interface EdgeConfig {
  readonly at?: Coordinates;
  readonly region?: string;
  /** The name users are redirected to. */
  readonly name?: string;
  readonly addresses?: readonly string[];
  readonly capacity?: number;
}
