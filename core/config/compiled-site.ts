/** A site ready to serve: its policy, and its rules as tests of a request with what they give together. */

import type { RequestHead } from "../http/fields.ts";
import { effectiveRules, type NamedRule, type RuleGround } from "./effective.ts";
import type { EffectiveRules, SitePolicy } from "./policy.ts";
import { RequestView } from "./request-view.ts";
import { RuleTable } from "./rule-table.ts";
import type { RuleConfig } from "./rule-types.ts";

/** A site with its rules. */
export interface CompiledSite extends SitePolicy {
  /** How many rules it has, those of its preset included. */
  readonly ruleCount: number;
  /** Whether the country of a client may be part of a key. */
  readonly keysByCountry: boolean;
  /** What holds for one request. The same rules give the same object again, so it can serve as a key. */
  rulesFor(request: RequestHead): EffectiveRules;
}

/** What holds for one request of a site. */
export function matchRules(site: CompiledSite, request: RequestHead): EffectiveRules {
  return site.rulesFor(request);
}

/** Sets of rules whose result is remembered, a site; beyond it results are made anew. */
export const REMEMBERED_SETS_MAX = 256;

/** Given to requests whose path names another one: whatever the rules say, they are kept away from the cache. */
const AMBIGUOUS: NamedRule = {
  label: "ambiguous path",
  rule: { match: {}, cache: { mode: "bypass" } },
};

/** Given to requests with a cookie of `bypassCookies`. */
const BYPASS_COOKIE: NamedRule = {
  label: "bypassCookies",
  rule: { match: {}, cache: { mode: "bypass" } },
};

/** Makes a site of its policy and its rules. */
export function compiledSite(policy: SitePolicy, rules: readonly RuleConfig[], ground: RuleGround): CompiledSite {
  const table = new RuleTable(rules);
  const root = new RuleSet([], ground, { left: REMEMBERED_SETS_MAX });
  return {
    ...policy,
    ruleCount: table.size,
    keysByCountry: policy.cache.keyCountry || rules.some(({ cache }) => cache?.keyCountry === true),
    rulesFor: (request) => {
      const view = new RequestView(request);
      let found = view.isAmbiguous ? root.with(AMBIGUOUS) : root;
      table.visit(view, (rule) => {
        found = found.with(rule);
      });
      const { bypassCookies, mode } = found.effective.cache;
      if (bypassCookies === undefined || mode === "bypass") return found.effective;
      for (const name of view.cookieNames()) {
        if (bypassCookies.matches(name)) return found.before(BYPASS_COOKIE).effective;
      }
      return found.effective;
    },
  };
}

/** A set of rules that matched together, and what they give: made once, found again by walking rule by rule. */
class RuleSet {
  readonly #rules: readonly NamedRule[];
  readonly #ground: RuleGround;
  readonly #budget: { left: number };
  readonly #next = new Map<NamedRule, RuleSet>();
  #effective: EffectiveRules | undefined;

  constructor(rules: readonly NamedRule[], ground: RuleGround, budget: { left: number }) {
    this.#rules = rules;
    this.#ground = ground;
    this.#budget = budget;
  }

  /** What the rules give together. */
  get effective(): EffectiveRules {
    this.#effective ??= effectiveRules(this.#rules, this.#ground);
    return this.#effective;
  }

  /** The set with one more, weaker rule. */
  with(rule: NamedRule): RuleSet {
    return this.#extended(rule, [...this.#rules, rule]);
  }

  /** The set with one more rule that is stronger than all. */
  before(rule: NamedRule): RuleSet {
    return this.#extended(rule, [rule, ...this.#rules]);
  }

  #extended(rule: NamedRule, rules: readonly NamedRule[]): RuleSet {
    const known = this.#next.get(rule);
    if (known !== undefined) return known;
    const made = new RuleSet(rules, this.#ground, this.#budget);
    if (this.#budget.left > 0) {
      this.#budget.left -= 1;
      this.#next.set(rule, made);
    }
    return made;
  }
}
