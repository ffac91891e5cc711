/** What purges cover: by position, whatever they name. */
import { describe, expect, test } from "vitest";
import { AppliedPurges } from "./applied-purges.ts";
import { PREFIX_SEGMENTS_MAX } from "./purge-value.ts";
import { emptyPurges, type Purge, type PurgeTable, readPurges } from "./purges.ts";

const EPOCH = "01J00000000000000000000000";
const at = (seq: number) => ({ epoch: EPOCH, seq });
const SUBJECT = { site: "shop", urls: ["//shop.example/a/b?c=d"], host: "shop.example", tags: ["red", "big"] };

const purge = (scope: Purge["scope"], ...values: string[]): Purge => ({ scope, values, soft: false, settleSeconds: 0 });
const tableOf = (...purges: Purge[]): PurgeTable =>
  purges.reduce((table, one, index) => table.with(one, { position: at(index + 1), atMs: 0 }), emptyPurges());

/** A node that applied nothing at 100 and these at 200. */
function applied(...purges: Purge[]): AppliedPurges {
  const made = new AppliedPurges();
  made.adopt({ position: at(0), purges: new Map(), floor: undefined }, 100);
  made.adopt({ position: at(purges.length), purges: new Map([["shop", tableOf(...purges)]]), floor: undefined }, 200);
  return made;
}

describe("a purge", () => {
  test.each([
    [purge("url", "//shop.example/a/b?c=d"), true],
    [purge("url", "//shop.example/a/b"), false],
    [purge("tag", "big"), true],
    [purge("tag", "Big"), false],
    [purge("host", "shop.example"), true],
    [purge("host", "www.shop.example"), false],
    [purge("prefix", "//shop.example/a"), true],
    [purge("prefix", "//shop.example/a/"), true],
    [purge("prefix", "//shop.example/a/b"), true],
    [purge("prefix", "//shop.example/"), true],
    [purge("prefix", "//shop.example"), true],
    [purge("prefix", "//shop.example/a/b/"), false],
    [purge("prefix", "//shop.example/a/bb"), false],
    [purge("prefix", "//shop.example/"), true],
    [purge("site"), true],
  ] as const)("%j covers what was asked for before it: %s", (one, covered) => {
    expect(applied(one).covers(SUBJECT, 150, 300)).toBe(covered);
  });

  test.each(["", "/"])("of the longest prefix that is taken covers what is below it (%j at its end)", (end) => {
    const longest = `//shop.example${"/a".repeat(PREFIX_SEGMENTS_MAX)}`;
    const below = { ...SUBJECT, urls: [`${longest}/b/c`] };
    expect(applied(purge("prefix", longest + end)).covers(below, 150, 300)).toBe(true);
  });

  test("of a host without a port covers all of its ports, and of one with a port that alone", () => {
    const at8080 = { ...SUBJECT, host: "shop.example:8080", urls: ["//shop.example:8080/a"] };
    expect(applied(purge("host", "shop.example")).covers(at8080, 150, 300)).toBe(true);
    expect(applied(purge("host", "shop.example:8080")).covers(at8080, 150, 300)).toBe(true);
    expect(applied(purge("host", "shop.example:8080")).covers(SUBJECT, 150, 300)).toBe(false);
  });

  test("does not cover what was asked for after it was applied, nor another site", () => {
    const purges = applied(purge("site"), purge("tag", "red"));
    expect(purges.covers(SUBJECT, 201, 300)).toBe(false);
    expect(purges.covers({ ...SUBJECT, site: "blog" }, 150, 300)).toBe(false);
  });

  test("covers what was kept since before the process knew any position", () => {
    expect(applied(purge("tag", "red")).covers(SUBJECT, 50, 300)).toBe(true);
    expect(applied(purge("tag", "other")).covers(SUBJECT, 50, 300)).toBe(false);
  });

  test("does not cover what came after it, however many adoptions there were since", () => {
    let table = emptyPurges().with(purge("site"), { position: at(1), atMs: 0 });
    const made = new AppliedPurges();
    const adopt = (seq: number) =>
      made.adopt({ position: at(seq), purges: new Map([["shop", table]]), floor: undefined }, seq * 10);
    adopt(1);
    for (let seq = 2; seq <= 25_000; seq += 1) {
      table = table.with(purge("tag", `t${seq % 10}`), { position: at(seq), atMs: 0 });
      adopt(seq);
    }
    expect(made.covers(SUBJECT, 5, 300_000), "from before").toBe(true);
    for (const requestAtMs of [11, 500, 100_005, 249_995, 250_001])
      expect(made.covers(SUBJECT, requestAtMs, 300_000), `asked for at ${requestAtMs}`).toBe(false);
    expect(made.covers({ ...SUBJECT, tags: ["t0"] }, 249_995, 300_000), "the last purge").toBe(true);
  });

  test("that settles ends what was asked for meanwhile, at its end", () => {
    const settling = { ...purge("tag", "red"), settleSeconds: 1 };
    const purges = applied(settling);
    expect(purges.covers(SUBJECT, 500, 999)).toBe(false);
    expect(purges.covers(SUBJECT, 500, 1_000)).toBe(true);
    expect(purges.covers(SUBJECT, 1_000, 2_000)).toBe(false);
    const restored = readPurges(JSON.parse(JSON.stringify(tableOf(settling).toJson())));
    expect(restored?.settlesUntilMs).toBe(1_000);
  });

  test("of everything, when the log may have lost entries", () => {
    const purges = new AppliedPurges();
    expect(purges.isEmpty).toBe(true);
    purges.adopt({ position: at(0), purges: new Map(), floor: undefined }, 100);
    purges.adopt({ position: at(9), purges: new Map(), floor: at(9) }, 200);
    expect(purges.covers(SUBJECT, 150, 300)).toBe(true);
    expect(purges.covers(SUBJECT, 201, 300)).toBe(false);
    expect(purges.lastOfSite("shop"), "fetches under way are not joined").toBe(200);
  });

  test("is said to fetches under way: they are not joined any more", () => {
    const purges = applied(purge("tag", "red"));
    expect(purges.lastOfSite("shop")).toBe(200);
    expect(purges.lastOfSite("blog")).toBe(0);
  });
});
