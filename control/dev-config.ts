/** The one config of `antipode dev`: one site, three edges and a router on this machine. The ledger replaces it later. */
import type { Coordinates, EdgeConfig } from "../core/config/types.ts";
import { type DevPorts, devPorts } from "./dev-ports.ts";

/** An edge of the development CDN, and a client address that GeoIP places beside it. */
export interface DevPlace {
  readonly id: string;
  readonly place: string;
  readonly at: Coordinates;
  readonly region: string;
  /** Belongs to a university of the place: these stay where they are for decades. */
  readonly exampleClient: string;
}

/** The three edges. */
export const DEV_PLACES: readonly DevPlace[] = [
  { id: "nyc", place: "New York", at: [40.71, -74.01], region: "us-east", exampleClient: "216.165.1.1" },
  { id: "fra", place: "Frankfurt", at: [50.11, 8.68], region: "eu-central", exampleClient: "141.2.1.1" },
  { id: "syd", place: "Sydney", at: [-33.87, 151.21], region: "ap-southeast", exampleClient: "129.78.1.1" },
];

/** Where the origin is taken to stand when `--wan` adds delays. */
const ORIGIN_AT: Coordinates = [40.71, -74.01];

/** The names under which a browser on this machine reaches the site; every other Host is refused by the edges (421). */
const LOCAL_HOSTS = ["localhost", "*.localhost", "127.0.0.1", "[::1]"] as const;

/** An edge as the router and control find it in `dev`. */
export interface DevEdgeConfig extends EdgeConfig {
  /** Its public listener. */
  readonly listen: string;
}

/** What only `dev` has. */
export interface DevSection {
  readonly originAt: Coordinates;
  readonly router: { readonly listen: string; readonly admin: string };
  readonly edges: Readonly<Record<string, { readonly place: string; readonly admin: string }>>;
}

/** The file that control, the edges and the router read. */
export interface DevConfig {
  readonly sites: Readonly<Record<string, unknown>>;
  readonly edges: Readonly<Record<string, DevEdgeConfig>>;
  /** A browser on this machine has no place: it is sent to the first of these. */
  readonly routing: { readonly fallbackOrder: readonly string[] };
  readonly dev: DevSection;
}

/** What the user chose. */
export interface DevConfigOptions {
  readonly ports: DevPorts;
  /** The server to stand in front of; the demo origin when absent. */
  readonly originUrl: string | undefined;
  /** The sites of the user's own config file, which replace the one made here. */
  readonly sites: Readonly<Record<string, unknown>> | undefined;
  /** The address of each edge for DNS answers, by its number. */
  dnsAddress?(index: number): string;
}

/** The ports of the development CDN whose router listens at `base`. */
export function portsOfDev(base: number): DevPorts {
  return devPorts(base, DEV_PLACES.length);
}

/** Makes the config. */
export function devConfig(options: DevConfigOptions): DevConfig {
  const { ports } = options;
  const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const edges: Record<string, DevEdgeConfig> = {};
  const admins: Record<string, { place: string; admin: string }> = {};
  for (const [index, { id, place, at, region }] of DEV_PLACES.entries()) {
    const addresses = options.dnsAddress === undefined ? {} : { addresses: [options.dnsAddress(index)] };
    edges[id] = { at, region, listen: url(ports.edges[index]), ...addresses };
    admins[id] = { place, admin: url(ports.edgeAdmins[index]) };
  }
  return {
    sites: options.sites ?? localSite(options.originUrl ?? url(ports.demoOrigin)),
    edges,
    routing: { fallbackOrder: DEV_PLACES.map((place) => place.id) },
    dev: {
      originAt: ORIGIN_AT,
      router: { listen: url(ports.router), admin: url(ports.routerAdmin) },
      edges: admins,
    },
  };
}

/** One site for the names of this machine. The origin is asked by its own name, as every origin is by default. */
function localSite(originUrl: string): Readonly<Record<string, unknown>> {
  return { demo: { hosts: LOCAL_HOSTS, origins: [{ url: originUrl }], origin: { allowPrivate: true } } };
}
