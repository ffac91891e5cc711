/**
 * The rules of a site by the first segment of the paths they are about, so that a request is tested against few of
 * them: rules for `/shop/**` are never looked at for `/blog/`.
 */
import { compileMatch, type RequestTest } from "./compile-match.ts";
import type { NamedRule } from "./effective.ts";
import { hasWildcard } from "./glob.ts";
import type { RequestView } from "./request-view.ts";
import type { RuleConfig } from "./rule-types.ts";

/** A rule with its test and its place among the others. */
export class CompiledRule implements NamedRule {
  readonly index: number;
  readonly rule: RuleConfig;
  readonly test: RequestTest;

  constructor(index: number, rule: RuleConfig) {
    this.index = index;
    this.rule = rule;
    this.test = compileMatch(rule.match);
  }

  get label(): string {
    return this.rule.name ?? `rules[${this.index}]`;
  }
}

const NONE: readonly CompiledRule[] = [];

/** The rules of one site. */
export class RuleTable {
  /** Rules about paths that all begin with this segment. */
  readonly #bySegment = new Map<string, CompiledRule[]>();
  /** All others. */
  readonly #general: CompiledRule[] = [];
  readonly size: number;

  constructor(rules: readonly RuleConfig[]) {
    this.size = rules.length;
    for (const [index, rule] of rules.entries()) {
      const compiled = new CompiledRule(index, rule);
      const segments = firstSegments(rule.match.paths);
      if (segments === undefined) this.#general.push(compiled);
      else for (const segment of segments) this.#addTo(segment, compiled);
    }
  }

  /** Calls `found` for every rule that is about the request, in the order of the config. */
  visit(view: RequestView, found: (rule: CompiledRule) => void): void {
    const specific = this.#bySegment.get(segmentOf(view.path)) ?? NONE;
    let next = 0;
    for (const rule of this.#general) {
      for (let other = specific[next]; other !== undefined && other.index < rule.index; other = specific[next]) {
        if (other.test(view)) found(other);
        next += 1;
      }
      if (rule.test(view)) found(rule);
    }
    for (let other = specific[next]; other !== undefined; other = specific[next]) {
      if (other.test(view)) found(other);
      next += 1;
    }
  }

  #addTo(segment: string, rule: CompiledRule): void {
    const rules = this.#bySegment.get(segment);
    if (rules === undefined) this.#bySegment.set(segment, [rule]);
    else rules.push(rule);
  }
}

/** The first segments of globs; undefined when one of them has a wildcard there. */
function firstSegments(globs: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (globs === undefined) return undefined;
  const segments = new Set<string>();
  for (const glob of globs) {
    const segment = segmentOf(glob);
    if (!glob.startsWith("/") || hasWildcard(segment)) return undefined;
    segments.add(segment);
  }
  return segments;
}

function segmentOf(path: string): string {
  const end = path.indexOf("/", 1);
  return path.slice(1, end === -1 ? path.length : end);
}
