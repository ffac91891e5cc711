/** Globs: what they match, what their wildcards stand for, and that no text makes them slow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, globCaptures } from "./glob.ts";

const ROWS: readonly (readonly [glob: string, matching: readonly string[], others: readonly string[]])[] = [
  ["/about", ["/about"], ["/about/", "/About", "/abou", "x/about"]],
  ["/images/*", ["/images/a.png", "/images/"], ["/images", "/images/x/a.png"]],
  ["/images/**", ["/images/", "/images/a", "/images/x/y"], ["/images", "/image/x"]],
  ["**", ["", "/", "/a/b"], []],
  ["/*", ["/", "/a"], ["/a/b", ""]],
  ["/**.css", ["/a.css", "/x/y/a.css", "/.css"], ["/a.css.map", "/acss"]],
  ["**.css", ["/a.css", "/x/a.css"], ["/a.cs"]],
  ["/*.css", ["/a.css", "/.css"], ["/x/a.css", "/css"]],
  ["/a/*/c", ["/a/b/c", "/a//c"], ["/a/b/b/c", "/a/c"]],
  ["/a/**/c", ["/a/b/c", "/a/b/b/c", "/a//c"], ["/a/c", "/a/b/cd"]],
  ["/v?/x", ["/v1/x"], ["/v/x", "/v10/x", "/v//x"]],
  ["/a?b*c**d", ["/axbcd", "/axb..c/../d"], ["/axb/cd", "/a/bcd", "/axbc"]],
  ["/*-*-*", ["/a-b-c", "/--", "/a-b-c-d"], ["/a-b", "/a/-b-c"]],
  ["/**/*.jpg", ["/a/b.jpg", "/a/b/c.jpg", "//.jpg"], ["/b.jpg"]],
  ["/a.b", ["/a.b"], ["/axb"]],
  ["/***", ["/", "/a/b"], [""]],
  ["a*a", ["aa", "aba"], ["a", "a/a"]],
  ["**aa**aa", ["aaaa", "xaayaa"], ["aaa", "aa"]],
];

describe("a glob", () => {
  it.each(ROWS)("%s", (glob, matching, others) => {
    const matcher = compileGlob(glob);
    expect(matching.filter((text) => !matcher.matches(text))).toEqual([]);
    expect(others.filter((text) => matcher.matches(text))).toEqual([]);
  });

  it.each([
    ["/old/**", "/old/a/b", ["a/b"]],
    ["/a/*/b?/**", "/a/x/bz/q/w", ["x", "q/w"]],
    ["/**/x/**", "/1/x/2/x/3", ["1/x/2", "3"]],
    ["/*-*", "/a-b-c", ["a-b", "c"]],
    ["/same", "/same", []],
    ["/*/**", "/a/", ["a", ""]],
  ])("%s gives its wildcards for %s", (glob, text, captures) => {
    expect(globCaptures(glob, text)).toEqual(captures);
  });

  it("gives nothing for a text that it does not match", () => {
    expect(globCaptures("/old/*", "/new/a")).toBeUndefined();
  });

  it("agrees with a regular expression of the same meaning", () => {
    const part = fc.constantFrom("a", "b", "/", "*", "**", "?", ".");
    const glob = fc.array(part, { maxLength: 10 }).map((parts) => parts.join(""));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "."), maxLength: 12 });
    fc.assert(
      fc.property(glob, text, (pattern, subject) => {
        expect(compileGlob(pattern).matches(subject)).toBe(regularExpressionOf(pattern).test(subject));
      }),
      { numRuns: 3000 },
    );
  });

  it("puts its captures back together to the text", () => {
    const glob = fc
      .array(fc.constantFrom("a", "b", "/", "*", "/**/"), { maxLength: 10 })
      .map((parts) => parts.join(""));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 16 });
    fc.assert(
      fc.property(glob, text, (pattern, subject) => {
        const captures = globCaptures(pattern, subject);
        if (captures === undefined) return;
        let next = 0;
        expect(pattern.replace(/\*+/g, () => captures[next++] ?? "none")).toBe(subject);
      }),
      { numRuns: 3000 },
    );
  });

  it("is not made slow by the text that is worst for backtracking", () => {
    const matcher = compileGlob(`/${"*a**b".repeat(40)}c`);
    const text = `/${"ab".repeat(4000)}`;
    const startedAt = performance.now();
    expect(matcher.matches(`${text}d`)).toBe(false);
    expect(matcher.matches(`${text}c`)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

function regularExpressionOf(glob: string): RegExp {
  const source = glob.replace(/\*+|\?|[./]/g, (part) => {
    if (part === "?") return "[^/]";
    if (!part.startsWith("*")) return `\\${part}`;
    return part.length > 1 ? "[\\s\\S]*" : "[^/]*";
  });
  return new RegExp(`^${source}$`);
}
