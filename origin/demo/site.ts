/** The table of the demo site: which resource is at which path, and how long it may be kept. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bigFile } from "./big-file.ts";
import { globePng } from "./globe.ts";
import { layout } from "./layout.ts";
import { notFoundPage, sitePages } from "./pages.ts";
import { antipodeOf, PLACES } from "./places.ts";
import { binaryResource, contentHash, type Resource, textResource } from "./resource.ts";

/** Everything that is the same for every request. */
export interface Site {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly notFound: Resource;
}

/** How long each kind may be kept. Browsers ask again for pages; the CDN keeps them (RFC 9111 §5.2.2.10). */
const KEEP = {
  page: "public, max-age=0, s-maxage=60, stale-while-revalidate=30",
  slow: "public, max-age=60",
  image: "public, max-age=86400",
  immutable: "public, max-age=31536000, immutable",
  data: "public, max-age=60",
  notFound: "public, max-age=10",
} as const;

const HTML = "text/html; charset=utf-8";
const SVG = "image/svg+xml";
const DRAWINGS = [...PLACES.map((place) => place.slug), "journey"];

/** Builds the site once, at the start. */
export function buildSite(): Site {
  const style = readAsset("style.css");
  const script = readAsset("demo.js");
  const assets = {
    style: `/assets/style.${contentHash(style)}.css`,
    script: `/assets/demo.${contentHash(script)}.js`,
  };
  const resources = new Map<string, Resource>([
    [assets.style, textResource(style, { contentType: "text/css; charset=utf-8", cacheControl: KEEP.immutable })],
    [
      assets.script,
      textResource(script, { contentType: "text/javascript; charset=utf-8", cacheControl: KEEP.immutable }),
    ],
    ["/favicon.svg", textResource(readAsset("favicon.svg"), { contentType: SVG, cacheControl: KEEP.image })],
    ["/images/globe.png", binaryResource(globePng(), { contentType: "image/png", cacheControl: KEEP.image })],
    ["/api/places", textResource(placesJson(), { contentType: "application/json", cacheControl: KEEP.data })],
    ["/robots.txt", textResource("User-agent: *\nAllow: /\n", { contentType: "text/plain", cacheControl: KEEP.image })],
    ["/big.bin", bigFile],
  ]);
  for (const name of DRAWINGS) {
    const drawing = textResource(readAsset(`${name}.svg`), { contentType: SVG, cacheControl: KEEP.image });
    resources.set(`/images/${name}.svg`, drawing);
  }
  for (const page of sitePages()) {
    const cacheControl = page.path === "/slow" ? KEEP.slow : KEEP.page;
    resources.set(page.path, textResource(layout(page, assets), { contentType: HTML, cacheControl }));
  }
  const missing = layout(notFoundPage, assets);
  return {
    resources,
    notFound: textResource(missing, { contentType: HTML, cacheControl: KEEP.notFound, status: 404 }),
  };
}

function readAsset(name: string): string {
  return readFileSync(join(import.meta.dirname, "assets", name), "utf8");
}

function placesJson(): string {
  const places = PLACES.map((place) => ({
    name: place.name,
    edge: place.edge,
    latitude: place.latitude,
    longitude: place.longitude,
    antipode: antipodeOf(place),
    timeZone: place.timeZone,
  }));
  return `${JSON.stringify({ places }, undefined, 2)}\n`;
}
