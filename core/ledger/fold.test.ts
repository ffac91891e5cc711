/** The fold: the same state however the entries come, bounded purges, nothing that breaks it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "./canonical-json.ts";
import { ENTRY_KINDS, type Entry } from "./entry.ts";
import { fold } from "./fold.ts";
import { comparePositions } from "./position.ts";
import { emptyPurges, readPurges } from "./purges.ts";
import { emptySnapshot, withNewEpoch } from "./snapshot.ts";
import { readSnapshot, snapshotText } from "./snapshot-text.ts";

const EPOCH = "01HZZZZZZZ0000000000000000";
const LATER = "01JZZZZZZZ0000000000000000";

const name = fc.constantFrom("a", "b", "__proto__", "constructor");
const payload: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ config: fc.constantFrom<Json>(null, { hosts: ["a.example"] }) }),
  fc.record({
    scope: fc.constantFrom("url", "tag", "prefix", "host"),
    values: fc.array(name, { minLength: 1 }),
    soft: fc.boolean(),
    settleSeconds: fc.nat(60),
  }),
  fc.record({ scope: fc.constant("site"), soft: fc.boolean() }),
  fc.record({ id: name, role: fc.constantFrom("edge", "router", "king"), credentialHash: name, region: name }),
  fc.record({ id: name, hash: name, scopes: fc.array(name), revoked: fc.boolean() }),
  fc.record({ settings: fc.dictionary(name, fc.integer()) }),
  fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json),
);
const entries: fc.Arbitrary<Entry[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...ENTRY_KINDS),
      site: fc.option(name, { nil: undefined }),
      at: fc.nat(100_000),
      payload,
    }),
    { maxLength: 40 },
  )
  .map((rows) =>
    rows.map(({ site, ...row }, index) => ({
      ...row,
      ...(site !== undefined && { site }),
      epoch: EPOCH,
      seq: index + 1,
      author: "test",
    })),
  );

function entry(seq: number, rest: Pick<Entry, "kind" | "payload"> & Partial<Entry>): Entry {
  return { epoch: EPOCH, seq, at: seq * 1000, author: "test", ...rest };
}

describe("the fold", () => {
  test("gives the same whether the entries come one by one, in parts, or with a snapshot on disk in between", () => {
    fc.assert(
      fc.property(entries, fc.nat(40), (all, cut) => {
        const whole = snapshotText(fold(emptySnapshot(EPOCH), all));
        const half = fold(emptySnapshot(EPOCH), all.slice(0, cut));
        const reread = readSnapshot(snapshotText(half));
        if (reread === undefined) throw new Error("the snapshot does not read back");
        expect(snapshotText(reread)).toBe(snapshotText(half));
        expect(snapshotText(fold(half, all.slice(cut)))).toBe(whole);
        expect(snapshotText(fold(reread, all.slice(cut)))).toBe(whole);
      }),
      { numRuns: 300 },
    );
  });

  test("leaves the snapshot it started from as it was", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const start = fold(emptySnapshot(EPOCH), all.slice(0, 5));
        const before = snapshotText(start);
        fold(start, all.slice(5));
        expect(snapshotText(start)).toBe(before);
      }),
    );
  });

  test("counts what it does not understand, and goes on", () => {
    const state = fold(emptySnapshot(EPOCH), [
      entry(1, { kind: "purge", site: "shop", payload: { scope: "planet", values: ["a"] } }),
      entry(2, { kind: "enrol", payload: null }),
      entry(3, { kind: "drain", payload: { id: "fra" } }),
    ]);
    expect(state).toMatchObject({ ignored: 2, position: { seq: 3 } });
    expect([...state.drains]).toEqual(["fra"]);
  });

  test("a revoked member is gone, and so is its drain", () => {
    const state = fold(emptySnapshot(EPOCH), [
      entry(1, { kind: "enrol", payload: { id: "fra", role: "edge", credentialHash: "aa", at: [50, 8] } }),
      entry(2, { kind: "drain", payload: { id: "fra" } }),
      entry(3, { kind: "revoke", payload: { id: "fra" } }),
    ]);
    expect(state.members.size + state.drains.size).toBe(0);
  });

  test("a new epoch after a loss makes everything stored before stale", () => {
    const state = withNewEpoch(
      fold(emptySnapshot(EPOCH), [entry(1, { kind: "drain", payload: { id: "fra" } })]),
      LATER,
      "lost",
    );
    expect(state.floor).toEqual({ epoch: LATER, seq: 0 });
    expect(comparePositions(state.floor ?? state.position, { epoch: EPOCH, seq: 1_000_000 })).toBeGreaterThan(0);
    expect(state.drains.has("fra")).toBe(true);
  });
});

describe("the purges of a site", () => {
  const purge = { scope: "tag", soft: false, settleSeconds: 0 } as const;
  const at = (seq: number) => ({ position: { epoch: EPOCH, seq }, atMs: seq });

  test("never has more keys than allowed, and no purge is forgotten: what goes is under the floor", () => {
    const limits = { keysMax: 10, lifeMs: 1_000_000 };
    fc.assert(
      fc.property(fc.array(fc.record({ tag: fc.nat(40), soft: fc.boolean() }), { maxLength: 100 }), (purges) => {
        let table = emptyPurges(limits);
        for (const [index, { tag, soft }] of purges.entries())
          table = table.with({ ...purge, soft, values: [`t${tag}`] }, at(index + 1));
        expect(table.size).toBeLessThanOrEqual(10);
        for (const [index, { tag, soft }] of purges.entries()) {
          const mark = table.find("tag", `t${tag}`) ?? {};
          const covered = [mark.hard, table.floor.hard, ...(soft ? [mark.soft, table.floor.soft] : [])];
          expect(covered.some((position) => position !== undefined && position.seq >= index + 1)).toBe(true);
        }
      }),
    );
  });

  test("finds every key of many, whatever way they came, and no other", () => {
    const names = (from: number, count: number) => Array.from({ length: count }, (_, index) => `t${from + index}`);
    let table = emptyPurges().with({ ...purge, values: names(0, 3_000) }, at(1));
    for (let seq = 2; seq < 30; seq += 1) table = table.with({ ...purge, values: names(seq * 1_000, 200) }, at(seq));
    const read = readPurges(JSON.parse(JSON.stringify(table.toJson()))) ?? emptyPurges();
    for (const one of [table, read]) {
      for (const name of [...names(0, 3_000), ...names(29_000, 200)]) expect(one.find("tag", name)).toBeDefined();
      for (const name of names(100_000, 1_000)) expect(one.find("tag", name)).toBeUndefined();
    }
  });

  test("drops purges older than any stored thing before it raises the floor", () => {
    let table = emptyPurges({ keysMax: 2, lifeMs: 10 });
    for (const seq of [1, 2, 100]) table = table.with({ ...purge, values: [`t${seq}`] }, at(seq));
    expect(table.floor).toEqual({});
    expect(table.size).toBe(1);
  });

  test("a purge of the site covers all keys, and leaves those that still settle", () => {
    let table = emptyPurges().with({ ...purge, settleSeconds: 60, values: ["slow"] }, at(1));
    table = table.with({ ...purge, values: ["quick"] }, at(2));
    table = table.with({ ...purge, scope: "site", values: [] }, at(3));
    expect(table.floor.hard).toEqual({ epoch: EPOCH, seq: 3 });
    expect(table.find("tag", "quick")).toBeUndefined();
    expect(table.find("tag", "slow")?.settleUntilMs).toBe(60_001);
  });

  test("a later soft purge stands beside the hard one before it", () => {
    const table = emptyPurges()
      .with({ ...purge, values: ["a"] }, at(1))
      .with({ ...purge, soft: true, values: ["a"] }, at(2));
    expect(table.find("tag", "a")).toMatchObject({ hard: { seq: 1 }, soft: { seq: 2 } });
  });
});

test("a snapshot of another shape is refused, not half read", () => {
  const good = snapshotText(
    fold(emptySnapshot(EPOCH), [entry(1, { kind: "site-version", site: "a", payload: { config: {} } })]),
  );
  for (const bad of [
    "",
    "null",
    "[]",
    "{}",
    good.slice(0, -1),
    good.replace('"format":1', '"format":2'),
    good.replace('"author":"test",', ""),
  ]) {
    expect(readSnapshot(bad)).toBeUndefined();
  }
});
