/**
 * The plain types of the one config file. Everything optional has a default: `docs/config.md` lists them all.
 * What a value may be is checked in `shapes/`; what it means for a request is made in `compile-config.ts`.
 */
import type { DnsConfig } from "./dns-types.ts";
import type { RuleConfig } from "./rule-types.ts";
import type { Settings } from "./settings.ts";

/** Latitude and longitude in degrees. */
export type Coordinates = readonly [latitude: number, longitude: number];

/** The two sets of caching choices that differ from each other (docs/conformance.md). */
export type Profile = "safe" | "rfc9111";

/** What an edge is to do once it has not heard from control for longer than `maxLagSeconds`. No edge acts by it yet. */
export type WhenUnconfirmed = "serve" | "revalidate" | "refuse";

/** A ready-made set of cache settings and rules for a kind of site. */
export type PresetName = "static-site" | "wordpress" | "api" | "media";

/** The config file. */
export interface Config {
  /** For editors: where the JSON Schema is. */
  readonly $schema?: string;
  readonly sites: Readonly<Record<string, SiteConfig>>;
  readonly edges?: Readonly<Record<string, EdgeConfig>>;
  readonly routing?: RoutingConfig;
  readonly dns?: DnsConfig;
  readonly settings?: Partial<Settings>;
  /** Written by `antipode dev` for its own processes; not for config files of people. */
  readonly dev?: unknown;
}

/** What a site owner configures. */
export interface SiteConfig {
  /** Host names: exact, `*.example.com`, or `*` for every host that no other site has. */
  readonly hosts: readonly string[];
  readonly origins: readonly OriginConfig[];
  readonly origin?: OriginPoolConfig;
  readonly cache?: CacheConfig;
  readonly rules?: readonly RuleConfig[];
  readonly preset?: PresetName;
  readonly profile?: Profile;
  readonly whenUnconfirmed?: WhenUnconfirmed;
  readonly maxLagSeconds?: number;
  readonly storagePercent?: number;
  /** The name of this site at one edge, for redirects: `{edge}.www.example.com`. */
  readonly edgeHosts?: string;
  readonly maxRequestBodyBytes?: number;
  readonly routing?: SiteRoutingConfig;
}

/** Which edges may serve a site. */
export interface SiteRoutingConfig {
  readonly regions?: readonly string[];
  readonly failClosed?: boolean;
}

/** One server of a site's origin pool. */
export interface OriginConfig {
  readonly url: string;
  readonly weight?: number;
  readonly backup?: boolean;
}

/** How the servers of a pool are asked. */
export interface OriginPoolConfig {
  readonly hostHeader?: string;
  readonly timeouts?: OriginTimeoutsConfig;
  readonly retries?: number;
  /** For how long a client waits for the origin while a stale response may stand in; 0: as long as it takes. */
  readonly staleAfterMs?: number;
  readonly healthCheck?: HealthCheckConfig;
  /** The edge that the others ask before the origin; "auto" chooses it, "none" has none. */
  readonly shield?: string;
  readonly allowPrivate?: boolean;
  readonly maxConnections?: number;
  /** Only these request headers go to the origin (besides what HTTP itself needs). */
  readonly forwardHeaders?: readonly string[];
  readonly tls?: OriginTlsConfig;
  /** HTTP/2 over TLS, with origins that speak it. */
  readonly http2?: boolean;
  readonly signature?: OriginSignatureConfig;
  readonly bucket?: OriginBucketConfig;
}

/** A header by which the origins know that a request comes from this CDN. */
export interface OriginSignatureConfig {
  readonly secret: string;
}

/** The origins are a private bucket of an S3-compatible store. */
export interface OriginBucketConfig {
  readonly name?: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly indexDocument?: string;
}

/** TLS with origins, where it differs from the default. Files are on the disk of each edge. */
export interface OriginTlsConfig {
  readonly serverName?: string;
  readonly authoritiesFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
}

/** Time limits of one exchange with an origin. */
export interface OriginTimeoutsConfig {
  readonly connectMs?: number;
  readonly firstByteMs?: number;
  readonly betweenBytesMs?: number;
}

/** How it is found out that an origin is well. */
export interface HealthCheckConfig {
  readonly path?: string;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly expectStatus?: number;
  readonly expectBody?: string;
}

/** Which query parameters are part of the key; the others are not sent to the origin either. */
export type KeyQueryConfig = "all" | "none" | KeyQueryList;

/** A choice of query parameters by name; `*` stands for any characters. */
export interface KeyQueryList {
  readonly allow?: readonly string[];
  readonly drop?: readonly string[];
  readonly sort?: boolean;
}

/** How responses are kept. Every key may stand in `cache` of a site and, for some requests only, in `cache` of a rule. */
export interface CacheConfig {
  readonly defaultTtlSeconds?: number;
  readonly ttlSeconds?: number;
  readonly ttlByStatus?: Readonly<Record<string, number>>;
  readonly keyQuery?: KeyQueryConfig;
  readonly keyHeaders?: readonly string[];
  readonly keyCookies?: readonly string[];
  readonly keyDeviceClass?: boolean;
  readonly keyCountry?: boolean;
  readonly bypassCookies?: readonly string[];
  readonly staleWhileRevalidateSeconds?: number;
  readonly staleIfErrorSeconds?: number;
  readonly settleSeconds?: number;
  readonly storeSetCookie?: boolean;
}

/** A caching node at a place. */
export interface EdgeConfig {
  readonly at?: Coordinates;
  readonly region?: string;
  /** The name users are redirected to. */
  readonly name?: string;
  readonly addresses?: readonly string[];
  readonly capacity?: number;
  readonly costMs?: number;
  readonly transferQuotaGb?: number;
  /** Where the router reaches its public listener, when that is not its first address: `http://127.0.0.1:8101`. */
  readonly listen?: string;
}

/** How users are sent to edges. */
export interface RoutingConfig {
  /** The order of edges for users whose place is unknown. */
  readonly fallbackOrder?: readonly string[];
}
