/** What the whole file may hold. */

import type { Settings } from "../settings.ts";
import { checkSettings } from "../settings.ts";
import type { Config, EdgeConfig, RoutingConfig } from "../types.ts";
import { dnsShape } from "./dns-shape.ts";
import { addressText, authorityText, nameText, originUrlText } from "./formats.ts";
import { object } from "./object.ts";
import type { Shape } from "./shape.ts";
import { siteShape } from "./site-shape.ts";
import { anything, list, map, number, pair, text } from "./values.ts";

/** Sites of one file. */
export const SITES_MAX = 10_000;
/** Edges of one file. */
export const EDGES_MAX = 1000;

const settingsShape: Shape<Partial<Settings>> = {
  description: { kind: "settings" },
  check: checkSettings,
};

const edgeShape = object<EdgeConfig>("an edge", {
  at: {
    shape: pair(
      number({ unit: "degrees", min: -90, max: 90, fraction: true }),
      number({ unit: "degrees", min: -180, max: 180, fraction: true }),
      "[latitude, longitude]",
    ),
    about: "Where it stands: latitude and longitude in degrees, south and west negative: `[40.71, -74.01]`.",
  },
  region: { shape: nameText("a region"), about: "Edges of one region share a shield. For example `us-east`." },
  name: { shape: authorityText, about: "The name that users are redirected to." },
  addresses: {
    shape: list(addressText, { minItems: 1, maxItems: 16 }),
    about: "Its public addresses, for DNS answers.",
  },
  capacity: {
    shape: number({ unit: "requests per second", min: 1, max: 10_000_000 }),
    about: "What it can bear; nearer it the router prefers others.",
  },
  costMs: {
    shape: number({ unit: "milliseconds", min: 0, max: 1000 }),
    default: "0",
    about: "What its traffic costs more than that of others, as the round trip that it is worth to avoid it.",
  },
  transferQuotaGb: {
    shape: number({ unit: "gigabytes", min: 1, max: 10_000_000 }),
    about:
      "What it may send in a calendar month (UTC). From 90 % on a proxying router likes it less; then it is the last resort. Kept over restarts of a router with `--data`.",
  },
  listen: { shape: originUrlText, about: "Where the router reaches it, when that is not its first address." },
});

const routingShape = object<RoutingConfig>("routing settings", {
  fallbackOrder: {
    shape: list(nameText("an edge"), { minItems: 1, maxItems: EDGES_MAX }),
    default: "the order of `edges`",
    about: "The order of edges for users whose place is unknown.",
  },
});

/** The file. */
export const configShape = object<Config>("a config", {
  $schema: { shape: text("a text"), about: "For editors: where the JSON Schema is." },
  sites: {
    shape: map(nameText("a site name"), siteShape, { maxItems: SITES_MAX }),
    required: true,
    about: "The sites by name. A name stays: it is the first part of every cache key.",
  },
  edges: {
    shape: map(nameText("an edge name"), edgeShape, { maxItems: EDGES_MAX }),
    default: "`{}`",
    about: "The edges by name. What stands here wins over the flags that an edge was started with.",
  },
  routing: { shape: routingShape, about: "How users are sent to edges." },
  dns: { shape: dnsShape, about: "What routers with `--dns` answer as name servers (`docs/dns.md`)." },
  settings: { shape: settingsShape, about: "Limits and timers that are not the default: `docs/settings.md`." },
  dev: { shape: anything, about: "Written by `antipode dev` for its own processes." },
});
