/** A site as the engine reads it: everything resolved, nothing optional that has a default. Made by `compile-config.ts`. */
import type { CacheRules } from "../cache/rules.ts";
import type { Cidr } from "../net/address.ts";
import type { Target, UpstreamTimeouts, UpstreamTls } from "../ports.ts";
import type { Matcher } from "./match-text.ts";
import type { Profile, WhenUnconfirmed } from "./types.ts";

/** One server of a site's origin pool, ready to connect to. */
export interface PoolServer {
  readonly target: Target;
  readonly weight: number;
  readonly backup: boolean;
}

/** Who signs requests to a bucket, and for what (AWS Signature Version 4). */
export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** `s3` for buckets. */
  readonly service: string;
}

/** A private bucket and who may read it. */
export interface BucketPolicy {
  /** In front of the path, for stores that have all buckets under one host. Undefined: the host is the bucket's. */
  readonly name: string | undefined;
  readonly identity: SigningIdentity;
  /** For temporary credentials. */
  readonly sessionToken: string | undefined;
  /** What a path that ends in "/" names. */
  readonly indexDocument: string;
}

/** How an origin knows that a request comes from its CDN. */
export interface AccessPolicy {
  /** Undefined: no signed header. */
  readonly signatureSecret: string | undefined;
  /** Undefined: the origin is no private bucket. */
  readonly bucket: BucketPolicy | undefined;
}

/** How it is found out that an origin is well. */
export interface HealthCheckPolicy {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly expectStatus: number;
  /** A text that the body must contain. */
  readonly expectBody: string | undefined;
}

/** Which query parameters make the key and reach the origin. Names are matched byte by byte, nothing is decoded. */
export type KeyQuery =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | { readonly kind: "allow" | "drop"; readonly names: Matcher; readonly sort: boolean };

/** What a site, or a rule of it, says about caching. */
export interface CachePolicy extends CacheRules {
  /** "bypass": these requests have nothing to do with the cache. */
  readonly mode: "cache" | "bypass";
  readonly keyQuery: KeyQuery;
  /** Lower case, sorted, each once. */
  readonly keyHeaders: readonly string[];
  /** Sorted, each once. */
  readonly keyCookies: readonly string[];
  readonly keyDeviceClass: boolean;
  readonly keyCountry: boolean;
  /** A request with a cookie of such a name is passed. Undefined: no cookie does that. */
  readonly bypassCookies: Matcher | undefined;
  readonly settleSeconds: number;
  /** Hash of what above makes the key; part of every key, so that old entries end with old key rules. */
  readonly keyRules: string;
}

/** A site without its rules. */
export interface SitePolicy extends AccessPolicy {
  readonly name: string;
  readonly profile: Profile;
  readonly origins: readonly PoolServer[];
  /** The Host that origins see: undefined means the origin's own authority. */
  readonly hostHeader: string | undefined;
  readonly allowPrivate: boolean;
  /** Undefined: TLS as it is by default. */
  readonly tls: UpstreamTls | undefined;
  /** Speak HTTP/2 with origins that offer it over TLS. */
  readonly http2: boolean;
  readonly timeouts: UpstreamTimeouts;
  /** For how long an answer is waited for when a stale response may stand in; 0: as long as it takes. */
  readonly staleAfterMs: number;
  /** Further attempts after a failed one. */
  readonly retries: number;
  readonly maxConnections: number;
  /** Undefined: no active health checks. */
  readonly healthCheck: HealthCheckPolicy | undefined;
  /** An edge id, "auto", or undefined for none. */
  readonly shield: string | undefined;
  /** Lower-case names of the only request fields that go to the origin. Undefined: all but the denied ones. */
  readonly forwardHeaders: ReadonlySet<string> | undefined;
  /** What holds for requests that no rule changes. */
  readonly cache: CachePolicy;
  /** `{edge}.www.example.com`; undefined: this site is not redirected to edges. */
  readonly edgeHosts: string | undefined;
  readonly whenUnconfirmed: WhenUnconfirmed;
  readonly maxLagSeconds: number;
  /** What other sites cannot take of each edge's store. */
  readonly storagePercent: number;
  readonly maxRequestBodyBytes: number;
  /** Undefined: any edge may serve it, and one that is not well rather than none. */
  readonly routing: { readonly regions: readonly string[] | undefined; readonly failClosed: boolean } | undefined;
}

/** Fields to set and to remove; names in lower case. */
export interface HeaderEdits {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: ReadonlySet<string>;
}

/** A redirect that a rule asks for; `redirectLocation` makes its Location. */
export interface RedirectAction {
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly to: string;
  readonly keepQuery: boolean;
  /** The globs of the rule, of which the first that matches gives the captures. */
  readonly globs: readonly string[];
}

/** Another path, for the key and the origin; `rewrittenTarget` makes it. */
export interface RewriteAction {
  readonly path: string;
  readonly globs: readonly string[];
}

/** The CORS protocol for a rule. */
export interface CorsAction {
  /** Undefined: any origin. */
  readonly origins: Matcher | undefined;
  readonly methods: readonly string[];
  /** Undefined: whatever the preflight asks for. */
  readonly headers: readonly string[] | undefined;
  readonly exposeHeaders: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

/** A page of the site owner's. */
export interface Page {
  readonly body: string;
  readonly contentType: string;
}

/** The site is closed for now. */
export interface MaintenanceAction {
  readonly status: number;
  readonly page: Page;
  readonly retryAfterSeconds: number | undefined;
  /** Where people are who see the site nevertheless. */
  readonly except: readonly Cidr[];
}

/** What holds for one request: the site's own values and those of the rules that match it. */
export interface EffectiveRules {
  /** The rules that matched, in order: their names, or `rules[2]` for one without. */
  readonly matched: readonly string[];
  readonly cache: CachePolicy;
  readonly requestHeaders: HeaderEdits;
  readonly responseHeaders: HeaderEdits;
  readonly redirect: RedirectAction | undefined;
  readonly rewrite: RewriteAction | undefined;
  readonly cors: CorsAction | undefined;
  /** By status; a class such as "5xx" has become its hundred statuses. */
  readonly errorPages: ReadonlyMap<number, Page>;
  readonly maintenance: MaintenanceAction | undefined;
  /** Until then everything is passed. Undefined: development mode is off. */
  readonly developmentUntilMs: number | undefined;
}
