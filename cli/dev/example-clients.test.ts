/** The client addresses that `antipode dev` proposes are where it says. */
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { DEV_PLACES } from "../../control/dev-config.ts";

interface Geo {
  lookup(address: string): { readonly ll: readonly [number, number] } | null;
}

const geoip: Geo = createRequire(import.meta.url)("geoip-lite");

test.each(DEV_PLACES)("$exampleClient is within a degree of $place", ({ exampleClient, at }) => {
  const [latitude, longitude] = geoip.lookup(exampleClient)?.ll ?? [0, 0];
  expect(Math.abs(latitude - at[0])).toBeLessThan(1);
  expect(Math.abs(longitude - at[1])).toBeLessThan(1);
});
