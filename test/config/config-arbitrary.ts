/** Configs for property tests: a good one with every key, and what it becomes when parts of it are exchanged. */
import fc from "fast-check";

/** A config that has nearly every key that there is. */
export const FULL_CONFIG = {
  $schema: "./antipode.config.schema.json",
  sites: {
    shop: {
      hosts: ["www.example.com", "*.example.org", "[2001:db8::1]:8443"],
      origins: [
        { url: "https://o1.example.com", weight: 3 },
        { url: "http://192.0.2.1:8080", backup: true },
      ],
      origin: {
        hostHeader: "www.example.com",
        timeouts: { connectMs: 500, firstByteMs: 5000, betweenBytesMs: 5000 },
        retries: 2,
        healthCheck: { path: "/healthz", intervalMs: 2000, timeoutMs: 1000, expectStatus: 204, expectBody: "ok" },
        shield: "fra",
        allowPrivate: true,
        maxConnections: 64,
        forwardHeaders: ["Accept", "Accept-Language"],
      },
      cache: {
        defaultTtlSeconds: 0.5,
        ttlSeconds: 60,
        ttlByStatus: { "404": 10, "5xx": 0 },
        keyQuery: { drop: ["utm_*"], sort: true },
        keyHeaders: ["X-Variant"],
        keyCookies: ["plan"],
        keyDeviceClass: true,
        keyCountry: false,
        bypassCookies: ["session_*"],
        staleWhileRevalidateSeconds: 30,
        staleIfErrorSeconds: 3600,
        settleSeconds: 5,
        storeSetCookie: false,
      },
      rules: [
        {
          name: "everything",
          match: {
            hosts: ["www.example.com"],
            paths: ["/a/*/b/**"],
            notPaths: ["/a/x/**"],
            methods: ["GET"],
            headers: { Accept: { prefix: "image/" }, "X-A": "1" },
            query: { page: { present: false } },
            cookies: { plan: { glob: "g*" } },
          },
          cache: { mode: "cache", keyQuery: "none" },
          requestHeaders: { set: { "X-Tenant": "1" }, remove: ["X-Debug"] },
          responseHeaders: { remove: ["Server"] },
          redirect: { to: "https://b.example/$1/$2", status: 308, keepQuery: false },
          rewrite: { path: "/c/$2" },
          cors: {
            origins: ["https://app.example"],
            methods: ["GET", "PUT"],
            headers: ["X-A"],
            exposeHeaders: ["X-B"],
            credentials: true,
            maxAgeSeconds: 60,
          },
          errorPages: { "5xx": { body: "<p>Sorry</p>", contentType: "text/html" } },
          maintenance: { body: "closed", status: 503, retryAfterSeconds: 60, exceptAddresses: ["192.0.2.0/24"] },
          development: { until: "2026-11-24T18:00:00Z" },
        },
        { match: {}, maintenance: false, development: { hours: 1.5 } },
      ],
      preset: "static-site",
      profile: "safe",
      whenUnconfirmed: "serve",
      maxLagSeconds: 10,
      storagePercent: 12.5,
      edgeHosts: "{edge}.www.example.com",
      routing: { regions: ["eu-central"], failClosed: true },
      maxRequestBodyBytes: 1024,
    },
  },
  edges: {
    fra: {
      at: [50.11, 8.68],
      region: "eu-central",
      name: "fra.example.com",
      addresses: ["192.0.2.7", "2001:db8::7"],
      capacity: 5000,
      costMs: 20,
      transferQuotaGb: 1000,
      listen: "http://127.0.0.1:8101",
    },
  },
  routing: { fallbackOrder: ["fra"] },
  settings: { hitForPassSeconds: 60, varyFieldsMax: 3 },
};

/** Values that are right somewhere, and values that are right nowhere. */
const VALUES: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1,
    1.5,
    1e9,
    "",
    "all",
    "none",
    "*",
    "/",
    "/**",
    "$9",
    "GET",
    "404",
  ),
  fc.constantFrom<unknown>([], {}, [""], ["/x"], { equals: "a" }, { body: "x" }, "http://10.0.0.1", "a.example", "fra"),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const KEYS = fc.oneof(
  fc.constantFrom("hosts", "origins", "url", "cache", "match", "mode", "paths", "equals", "to", "body", "5xx", "until"),
  fc.constantFrom("toString", "constructor", "hasOwnProperty", "X-A"),
  fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__"),
);

/** What happens to one place: it gets another value, goes, or gets a neighbour. */
const CHANGE = fc.record({ at: fc.nat(), kind: fc.constantFrom("set", "drop", "add"), key: KEYS, value: VALUES });

/** The full config after one to four changes at random places. */
export const CHANGED_CONFIG: fc.Arbitrary<unknown> = fc.array(CHANGE, { minLength: 1, maxLength: 4 }).map((changes) => {
  const root: Container = [structuredClone(FULL_CONFIG)];
  for (const { at, kind, key, value } of changes) {
    const places = placesOf(root);
    const place = places[at % places.length];
    if (place !== undefined) change(place, kind, key, structuredClone(value));
  }
  return root[0];
});

type Container = unknown[] | Record<string, unknown>;

interface Place {
  readonly container: Container;
  readonly key: string;
}

function placesOf(container: Container): readonly Place[] {
  return Object.keys(container).flatMap((key) => {
    const child = Array.isArray(container) ? container[Number(key)] : container[key];
    return [{ container, key }, ...(isContainer(child) ? placesOf(child) : [])];
  });
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function change({ container, key }: Place, kind: string, newKey: string, value: unknown): void {
  if (Array.isArray(container)) {
    if (kind === "set") container[Number(key)] = value;
    else
      container.splice(
        Number(key),
        kind === "drop" && container.length > 1 ? 1 : 0,
        ...(kind === "add" ? [value] : []),
      );
  } else if (kind === "set") container[key] = value;
  else if (kind === "drop") delete container[key];
  else container[newKey] = value;
}
