/** No input makes compile fail other than by problems, and what it says has its bounds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANGED_CONFIG, FULL_CONFIG } from "../../test/config/config-arbitrary.ts";
import { A_SITE } from "../../test/config/wrong-config.ts";
import { compileConfig, compileSite } from "./compile-config.ts";
import { PROBLEMS_MAX } from "./problems.ts";

const OPTIONS = { appliedAtMs: 0 };
const REQUEST = { method: "GET", scheme: "https", authority: "www.example.com", target: "/a/1/b/2?page=3" } as const;

describe("compile", () => {
  it("takes a config with every key", () => {
    const compiled = compileConfig(FULL_CONFIG, OPTIONS);
    expect(compiled.kind === "problems" && compiled.problems).toBe(false);
  });

  it("answers anything at all with a config or with problems", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        for (const input of [
          value,
          { sites: value },
          { sites: { a: value } },
          { sites: {}, settings: value, edges: value },
        ]) {
          checkAnswer(input);
        }
        for (const key of ["hosts", "origins", "origin", "cache", "rules", "preset", "edgeHosts"]) {
          checkAnswer({ sites: { a: { ...A_SITE, [key]: value } } });
        }
        for (const key of ["match", "cache", "redirect", "cors", "responseHeaders", "errorPages", "maintenance"]) {
          checkAnswer({ sites: { a: { ...A_SITE, rules: [{ match: {}, [key]: value }] } } });
        }
      }),
      { numRuns: 100 },
    );
  });

  it("answers a good config with parts exchanged with a config or with problems", () => {
    fc.assert(fc.property(CHANGED_CONFIG, checkAnswer), { numRuns: 1000 });
  });

  it("answers names that objects have of themselves like any others", () => {
    const odd: unknown = JSON.parse('{"__proto__": {"hosts": []}, "sites": {"__proto__": {}, "constructor": {}}}');
    const compiled = compileConfig(odd, OPTIONS);
    expect(compiled.kind === "problems" && compiled.problems.map(({ path }) => path)).toEqual([
      "__proto__",
      "sites.__proto__",
      "sites.constructor",
      "sites.constructor",
    ]);
  });

  it("says no more than a thousand problems, and how many there are", () => {
    const sites = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`s${index}`, null]));
    const compiled = compileConfig({ sites }, OPTIONS);
    const problems = compiled.kind === "problems" ? compiled.problems : [];
    expect(problems).toHaveLength(PROBLEMS_MAX + 1);
    expect(problems.at(-1)?.message).toBe("500 more problems are not listed");
  });

  it("says what is wrong with one site under the path that it is given", () => {
    const options = { name: "shop", path: "sites.shop", appliedAtMs: 0 };
    const compiled = compileSite({ ...A_SITE, hosts: ["x", "x"], profile: 1 }, options);
    expect(compiled.kind === "problems" && compiled.problems.map(({ path }) => path)).toEqual([
      "sites.shop.profile",
      "sites.shop.hosts[1]",
    ]);
  });
});

/** A compiled config also serves a request. */
function checkAnswer(input: unknown): void {
  const compiled = compileConfig(input, OPTIONS);
  if (compiled.kind === "problems") expect(compiled.problems.length).toBeGreaterThan(0);
  else compiled.config.findSite("www.example.com")?.rulesFor({ ...REQUEST, fields: [["cookie", "plan=gold; a"]] });
}
