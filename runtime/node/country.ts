/** Countries of addresses for an edge. The data takes a second and some memory to load: only who needs it does. */
import { GeoipLiteProvider } from "./geo.ts";

/** Finds the country of an address (ISO 3166-1); undefined when it is not known. `now`: load the data at once. */
export function countryLookup(load: "now" | "when-asked"): (address: string) => string | undefined {
  let provider = load === "now" ? new GeoipLiteProvider() : undefined;
  return (address) => {
    provider ??= new GeoipLiteProvider();
    return provider.locate(address)?.country;
  };
}
