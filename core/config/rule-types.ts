/** The plain types of a site's rules: for which requests, and what then. */
import type { CacheConfig } from "./types.ts";

/** One rule. Rules are tried in order; each thing they can set comes from the first matching rule that sets it. */
export interface RuleConfig {
  /** Shown where a decision is explained. */
  readonly name?: string;
  readonly match: MatchConfig;
  readonly cache?: RuleCacheConfig;
  readonly requestHeaders?: HeaderEditsConfig;
  readonly responseHeaders?: HeaderEditsConfig;
  readonly redirect?: RedirectConfig;
  readonly rewrite?: RewriteConfig;
  readonly cors?: CorsConfig;
  readonly errorPages?: Readonly<Record<string, PageConfig>>;
  readonly maintenance?: boolean | MaintenanceConfig;
  readonly development?: DevelopmentConfig;
}

/** All that are given must hold; of a list, any. `{}` matches every request. */
export interface MatchConfig {
  readonly hosts?: readonly string[];
  readonly paths?: readonly string[];
  readonly notPaths?: readonly string[];
  readonly methods?: readonly string[];
  readonly headers?: Readonly<Record<string, ConditionConfig>>;
  readonly query?: Readonly<Record<string, ConditionConfig>>;
  readonly cookies?: Readonly<Record<string, ConditionConfig>>;
}

/** What a header, parameter or cookie must be: a text means equality. */
export type ConditionConfig = string | ConditionTest;

/** One test of a value. Exactly one key is given. */
export interface ConditionTest {
  readonly equals?: string;
  readonly prefix?: string;
  readonly contains?: string;
  readonly glob?: string;
  readonly present?: boolean;
}

/** What a rule says about caching. */
export interface RuleCacheConfig extends CacheConfig {
  /** "bypass" keeps the requests away from the cache; "cache" is the ordinary way. */
  readonly mode?: "cache" | "bypass";
}

/** Headers set and removed. */
export interface HeaderEditsConfig {
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

/** Answers with a redirect; `$1` to `$9` stand for what the wildcards of the matching path stood for. */
export interface RedirectConfig {
  readonly to: string;
  readonly status?: 301 | 302 | 303 | 307 | 308;
  readonly keepQuery?: boolean;
}

/** Another path for the key and the origin; the query stays. */
export interface RewriteConfig {
  readonly path: string;
}

/** Lets pages of other sites read the answers (Fetch standard, CORS protocol). */
export interface CorsConfig {
  readonly origins: readonly string[];
  readonly methods?: readonly string[];
  readonly headers?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly credentials?: boolean;
  readonly maxAgeSeconds?: number;
}

/** A page of ours. */
export interface PageConfig {
  readonly body: string;
  readonly contentType?: string;
}

/** The page of a site that is closed for a while. */
export interface MaintenanceConfig extends Partial<PageConfig> {
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Addresses or ranges of people who see the site nevertheless. */
  readonly exceptAddresses?: readonly string[];
}

/** Keeps everything away from the cache for a while. Exactly one key is given. */
export interface DevelopmentConfig {
  /** A time such as "2026-11-24T18:00:00Z". */
  readonly until?: string;
  /** Counted from when this version of the site was applied. */
  readonly hours?: number;
}
