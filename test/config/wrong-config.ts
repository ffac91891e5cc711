/** Tables of wrong configs: each row is a config and every problem that must be reported, in order, word for word. */
import { describe, expect, it } from "vitest";
import { compileConfig } from "../../core/config/compile-config.ts";
import type { Problem } from "../../core/config/problems.ts";

/** A wrong config and what is said about it: `path: message [hint]`. */
export interface WrongConfig {
  readonly wrong: string;
  readonly config: unknown;
  readonly says: readonly string[];
}

/** A site without anything wrong. */
export const A_SITE = { hosts: ["a.example"], origins: [{ url: "https://o.example" }] };

/** A config of one site with other keys. */
export function withSite(keys: object): unknown {
  return { sites: { a: { ...A_SITE, ...keys } } };
}

/** A config of one site with one rule, for `/x/*` unless it says otherwise. */
export function withRule(keys: object): unknown {
  return withSite({ rules: [{ match: { paths: ["/x/*"] }, ...keys }] });
}

/** Tests that the rows are said to be wrong, in the words of the table. */
export function describeWrong(what: string, rows: readonly WrongConfig[]): void {
  describe(`what ${what}`, () => {
    it.each(rows)("$wrong", ({ config, says }) => {
      const compiled = compileConfig(config, { appliedAtMs: 0 });
      expect(compiled.kind === "problems" ? compiled.problems.map(problemLine) : compiled.kind).toEqual(says);
    });
  });
}

/** A problem on one line. */
export function problemLine({ path, message, hint }: Problem): string {
  return `${path}: ${message}${hint === undefined ? "" : ` [${hint}]`}`;
}
