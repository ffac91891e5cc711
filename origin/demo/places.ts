/** The three places of the demo site, and the points opposite them on the globe. */

/** One place as its page and `/api/places` show it. */
export interface Place {
  /** The id of the edge that stands there. */
  readonly edge: string;
  readonly slug: string;
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly timeZone: string;
  readonly opposite: string;
  readonly story: string;
  /** A client address that GeoIP places here, for trying the router. */
  readonly clientAddress: string;
}

/** In the order in which the site shows them. */
export const PLACES: readonly Place[] = [
  {
    edge: "nyc",
    slug: "new-york",
    name: "New York",
    latitude: 40.71,
    longitude: -74.01,
    timeZone: "America/New_York",
    opposite: "the Indian Ocean, south-west of Australia",
    story:
      "The first transatlantic cable came ashore north of here in 1866 and carried eight words a minute. Today a bit needs about 31 milliseconds to Frankfurt, one way, and no engineer will ever make the glass much faster.",
    clientAddress: "216.165.1.1",
  },
  {
    edge: "fra",
    slug: "frankfurt",
    name: "Frankfurt",
    latitude: 50.11,
    longitude: 8.68,
    timeZone: "Europe/Berlin",
    opposite: "the Pacific, south-east of New Zealand",
    story:
      "One of the busiest exchange points of the internet is spread over data centres along the Hanauer Landstraße. Networks meet here so that a page asked for in Offenbach does not have to travel by way of Virginia.",
    clientAddress: "141.2.1.1",
  },
  {
    edge: "syd",
    slug: "sydney",
    name: "Sydney",
    latitude: -33.87,
    longitude: 151.21,
    timeZone: "Australia/Sydney",
    opposite: "the North Atlantic, west of the Azores",
    story:
      "Sixteen thousand kilometres of fibre lie between Sydney and New York. Light needs 80 milliseconds for them, and a new connection crosses four or five times before the first word of a page arrives.",
    clientAddress: "129.78.1.1",
  },
];

/** The point on the other side of the globe. */
export function antipodeOf(place: Place): { readonly latitude: number; readonly longitude: number } {
  const longitude = place.longitude > 0 ? place.longitude - 180 : place.longitude + 180;
  return { latitude: -place.latitude, longitude: Math.round(longitude * 100) / 100 };
}

/** Coordinates as people write them: `40.71° N, 74.01° W`. */
export function coordinatesText(at: { readonly latitude: number; readonly longitude: number }): string {
  const northSouth = at.latitude < 0 ? "S" : "N";
  const eastWest = at.longitude < 0 ? "W" : "E";
  return `${Math.abs(at.latitude).toFixed(2)}° ${northSouth}, ${Math.abs(at.longitude).toFixed(2)}° ${eastWest}`;
}
