/** Keys: whatever is in their parts, no two different requests have the same one. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type CacheKey, keyId } from "../../core/cache/key.ts";

/** Short texts of the characters that would break a key made by joining. */
const text = fc.string({ unit: fc.constantFrom("a", "b", ":", "/", "1", "2", "-", "?", "&", " "), maxLength: 6 });
const key: fc.Arbitrary<CacheKey> = fc.record({
  site: text,
  scheme: fc.constantFrom("http", "https"),
  authority: text,
  keyRules: text,
  chosen: fc.array(fc.tuple(text, fc.option(text, { nil: undefined })), { maxLength: 2 }),
  target: text.map((rest) => `/${rest}`),
});

it("different parts give different keys, so no site's key matches another's", () => {
  fc.assert(
    fc.property(key, key, (left, right) => {
      const same = JSON.stringify(parts(left)) === JSON.stringify(parts(right));
      expect(keyId(left) === keyId(right)).toBe(same);
    }),
    { numRuns: 20_000, seed: 1 },
  );
});

function parts({ site, scheme, authority, keyRules, chosen, target }: CacheKey): unknown {
  return [site, scheme, authority, keyRules, chosen.map(([name, value]) => [name, value ?? null]), target];
}
