/** What several rules give together: each thing comes from the first of them that says something about it. */
import { parseCidr } from "../net/address.ts";
import { byStatus, cachePolicyOf } from "./compile-cache.ts";
import { parseInstant } from "./instant.ts";
import { anyGlob } from "./match-text.ts";
import type { CorsAction, EffectiveRules, HeaderEdits, MaintenanceAction, Page } from "./policy.ts";
import type {
  CorsConfig,
  DevelopmentConfig,
  HeaderEditsConfig,
  MaintenanceConfig,
  PageConfig,
  RuleConfig,
} from "./rule-types.ts";
import type { Settings } from "./settings.ts";
import type { CacheConfig, Profile } from "./types.ts";

/** A rule and what it is called. */
export interface NamedRule {
  readonly label: string;
  readonly rule: RuleConfig;
}

/** What holds beneath all rules. */
export interface RuleGround {
  readonly profile: Profile;
  readonly settings: Settings;
  /** Cache settings of the site and its preset, the strongest first. */
  readonly cache: readonly CacheConfig[];
  readonly appliedAtMs: number;
}

const HOUR_MS = 3_600_000;
const HTML = "text/html; charset=utf-8";

/** Puts matching rules, in order, over the ground. */
export function effectiveRules(matched: readonly NamedRule[], ground: RuleGround): EffectiveRules {
  const rules = matched.map(({ rule }) => rule);
  const first = <K extends keyof RuleConfig>(key: K): RuleConfig | undefined =>
    rules.find((rule) => rule[key] !== undefined);
  const layers = [...rules.flatMap(({ cache }) => (cache === undefined ? [] : [cache])), ...ground.cache];
  const redirecting = first("redirect");
  const rewriting = first("rewrite");
  const { redirect } = redirecting ?? {};
  const { rewrite } = rewriting ?? {};
  const { cors } = first("cors") ?? {};
  const { development } = first("development") ?? {};
  return {
    matched: matched.map(({ label }) => label),
    cache: cachePolicyOf(layers, ground),
    requestHeaders: headerEdits(rules.map((rule) => rule.requestHeaders)),
    responseHeaders: headerEdits(rules.map((rule) => rule.responseHeaders)),
    redirect: redirect && {
      to: redirect.to,
      status: redirect.status ?? 302,
      keepQuery: redirect.keepQuery ?? true,
      globs: redirecting?.match.paths ?? [],
    },
    rewrite: rewrite && { path: rewrite.path, globs: rewriting?.match.paths ?? [] },
    cors: cors && corsAction(cors),
    errorPages: errorPages(rules),
    maintenance: maintenanceAction(first("maintenance")?.maintenance),
    developmentUntilMs: development && developmentEndMs(development, ground.appliedAtMs),
  };
}

const NO_EDITS: HeaderEdits = { set: [], remove: new Set() };
const NO_PAGES: ReadonlyMap<number, Page> = new Map();

/** Header by header: the first rule that names one decides about it. */
function headerEdits(edits: readonly (HeaderEditsConfig | undefined)[]): HeaderEdits {
  if (edits.every((edit) => edit === undefined)) return NO_EDITS;
  const decided = new Set<string>();
  const set: (readonly [string, string])[] = [];
  const remove = new Set<string>();
  for (const edit of edits) {
    if (edit === undefined) continue;
    const named: string[] = [];
    for (const [written, value] of Object.entries(edit.set ?? {})) {
      const name = written.toLowerCase();
      if (!decided.has(name)) set.push([name, value]);
      named.push(name);
    }
    for (const written of edit.remove ?? []) {
      const name = written.toLowerCase();
      if (!decided.has(name)) remove.add(name);
      named.push(name);
    }
    for (const name of named) decided.add(name);
  }
  return { set, remove };
}

function errorPages(rules: readonly RuleConfig[]): ReadonlyMap<number, Page> {
  if (rules.every((rule) => rule.errorPages === undefined)) return NO_PAGES;
  const pages = new Map<number, Page>();
  for (const rule of rules.toReversed()) {
    for (const [status, page] of byStatus(rule.errorPages ?? {})) pages.set(status, pageOf(page));
  }
  return pages;
}

function pageOf({ body, contentType = HTML }: PageConfig): Page {
  return { body, contentType };
}

const CLOSED_PAGE =
  '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
  "<title>Closed for maintenance</title><h1>Closed for maintenance</h1><p>This site will be back soon.</p></html>\n";

function maintenanceAction(config: boolean | MaintenanceConfig | undefined): MaintenanceAction | undefined {
  if (config === undefined || config === false) return undefined;
  const {
    body = CLOSED_PAGE,
    contentType,
    status = 503,
    retryAfterSeconds,
    exceptAddresses = [],
  } = config === true ? {} : config;
  const page = contentType === undefined ? pageOf({ body }) : pageOf({ body, contentType });
  const except = exceptAddresses.map(parseCidr).filter((range) => range !== undefined);
  return { status, page, retryAfterSeconds, except };
}

function corsAction(config: CorsConfig): CorsAction {
  const { origins, methods = ["GET", "HEAD", "POST"], headers, exposeHeaders = [] } = config;
  return {
    origins: origins.includes("*") ? undefined : anyGlob(origins),
    methods,
    headers,
    exposeHeaders,
    credentials: config.credentials ?? false,
    maxAgeSeconds: config.maxAgeSeconds ?? 600,
  };
}

function developmentEndMs({ until, hours = 0 }: DevelopmentConfig, appliedAtMs: number): number {
  const end = until === undefined ? undefined : parseInstant(until);
  return end ?? appliedAtMs + hours * HOUR_MS;
}
