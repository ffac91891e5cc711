/** Where a router's knowledge of places comes from: `--geo`, `--nets`, or what is built in. */
import { readFileSync } from "node:fs";
import type { GeoProvider } from "../core/route/geo.ts";
import { readNets } from "../core/route/nets.ts";
import { NetsProvider } from "../core/route/nets-provider.ts";
import { GeoipLiteProvider } from "../runtime/node/geo.ts";
import { openMmdb } from "../runtime/node/mmdb.ts";
import { CommandFailure } from "./args.ts";

/** The flags. */
export const GEO_FLAGS = {
  geo: {
    kind: "string",
    placeholder: "FILE.mmdb",
    help: "Places of addresses, in MaxMind DB format; geoip-lite by default.",
  },
  nets: {
    kind: "string",
    placeholder: "FILE",
    help: "Prefixes whose place or edges are known better; geofeeds (RFC 8805), too.",
  },
} as const;

/** Mistakes of a file that are shown. */
const SHOWN_MAX = 20;

/** The provider; a file with mistakes is refused with all of them. `edges`: the names that it may use. */
export function geoProvider(
  { geo, nets }: { readonly geo: string | undefined; readonly nets: string | undefined },
  edges: readonly { readonly id: string }[],
): GeoProvider {
  const places = geo === undefined ? new GeoipLiteProvider() : mmdb(geo);
  if (nets === undefined) return places;
  const reading = readNets(textOf("--nets", nets), new Set(edges.map(({ id }) => id)));
  const { length } = reading.problems;
  if (length === 0) return new NetsProvider(reading.nets, places);
  const lines = reading.problems.slice(0, SHOWN_MAX).map(({ line, message }) => `${nets}:${line}: ${message}`);
  throw new CommandFailure([...lines, ...(length > SHOWN_MAX ? [`… and ${length - SHOWN_MAX} more`] : [])].join("\n"));
}

function mmdb(file: string): GeoProvider {
  try {
    return openMmdb(file);
  } catch (error) {
    throw new CommandFailure(`--geo ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function textOf(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandFailure(`${flag} ${file}: ${error instanceof Error ? error.message : error}`);
  }
}
