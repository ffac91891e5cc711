/** Great circles. */
import type { Coordinates } from "../config/types.ts";

const EARTH_RADIUS_KM = 6371;
const DEGREE = Math.PI / 180;

/** The distance of two places along the earth's surface (haversine). */
export function distanceKm([latitudeA, longitudeA]: Coordinates, [latitudeB, longitudeB]: Coordinates): number {
  const latitudeHalf = ((latitudeB - latitudeA) * DEGREE) / 2;
  const longitudeHalf = ((longitudeB - longitudeA) * DEGREE) / 2;
  const square =
    Math.sin(latitudeHalf) ** 2 +
    Math.cos(latitudeA * DEGREE) * Math.cos(latitudeB * DEGREE) * Math.sin(longitudeHalf) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(square)));
}
