/** The chain: any change to any entry is seen; positions and epochs have one order. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ledgerSigner, ledgerVerifier, newLedgerKey, sha256 } from "../../runtime/node/ledger-crypto.ts";
import { canonicalJson, JSON_DEPTH_MAX } from "./canonical-json.ts";
import { beginning, isVouchedFor, linkOf, readSealedEntry, type SealedEntry, sealEntries, signHead } from "./chain.ts";
import type { Entry } from "./entry.ts";
import { comparePositions, isEpoch, mintEpoch, parsePosition, positionText } from "./position.ts";

const EPOCH = "01HZZZZZZZ0000000000000000";
const start = beginning(EPOCH, sha256);

function purges(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    epoch: EPOCH,
    seq: index + 1,
    at: 1_000 + index,
    author: "test",
    kind: "purge",
    site: "shop",
    payload: { scope: "tag", values: [`t${index}`] },
  }));
}

function follow(entries: readonly SealedEntry[]): string {
  let head = start;
  for (const one of entries) {
    const link = linkOf(head, one, sha256);
    if (link.kind !== "follows") return link.kind;
    head = link.head;
  }
  return "follows";
}

describe("the hash chain", () => {
  const whole = sealEntries(start, purges(5), sha256);

  test("vouches for entries that came whole and in order, also over JSON", () => {
    expect(follow(whole)).toBe("follows");
    expect(follow(JSON.parse(JSON.stringify(whole)).flatMap((one: unknown) => readSealedEntry(one) ?? []))).toBe(
      "follows",
    );
  });
  test("sees a change of any member of any entry", () => {
    const changes: Partial<Entry>[] = [
      { at: 1 },
      { author: "x" },
      { kind: "drain" },
      { site: "x" },
      { payload: { scope: "tag", values: ["x"] } },
    ];
    fc.assert(
      fc.property(fc.nat(4), fc.constantFrom(...changes), (index, change) => {
        const changed = whole.map((one, at) => (at === index ? { ...one, entry: { ...one.entry, ...change } } : one));
        expect(follow(changed)).toBe("forged");
      }),
    );
  });
  test("sees a missing entry, a known one, and one of another epoch", () => {
    expect(follow(whole.filter((_, index) => index !== 2))).toBe("gap");
    expect(follow([...whole.slice(0, 2), ...whole.slice(1)])).toBe("known");
    expect(follow(whole.map((one) => ({ ...one, entry: { ...one.entry, epoch: EPOCH.replace("H", "J") } })))).toBe(
      "other-epoch",
    );
  });
  test("one signed head vouches for all; another key or another head does not", () => {
    const { sign, publicKey } = ledgerSigner(newLedgerKey());
    const head = signHead({ ...start, seq: 5, hash: whole[4]?.hash ?? "" }, { at: 2_000 }, sign);
    const verify = ledgerVerifier(publicKey) ?? (() => false);
    const other = ledgerVerifier(ledgerSigner(newLedgerKey()).publicKey) ?? (() => true);
    expect(isVouchedFor(head, verify)).toBe(true);
    expect(isVouchedFor(head, other)).toBe(false);
    for (const change of [{ seq: 6 }, { at: 1 }, { hash: "00" }, { snapshot: "00" }, { signature: "" }]) {
      expect(isVouchedFor({ ...head, ...change }, verify)).toBe(false);
    }
    expect(ledgerVerifier("not a key")).toBeUndefined();
  });
});

describe("positions", () => {
  const position = fc.record({ epoch: fc.constantFrom(EPOCH, EPOCH.replace("H", "J")), seq: fc.nat() });
  test("read back what they write, and nothing else", () => {
    fc.assert(
      fc.property(position, (one) => {
        expect(parsePosition(positionText(one))).toEqual(one);
      }),
    );
    for (const bad of [
      "",
      ":",
      EPOCH,
      `${EPOCH}:`,
      `${EPOCH}:-1`,
      `${EPOCH}:01`,
      `${EPOCH.toLowerCase()}:1`,
      `${EPOCH}:99999999999999999`,
      `8${EPOCH.slice(1)}:1`,
    ]) {
      expect(parsePosition(bad)).toBeUndefined();
    }
  });
  test("have one order: by epoch, then by number", () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(Math.sign(comparePositions(a, b))).toBe(-Math.sign(comparePositions(b, a)) + 0);
        if (a.epoch < b.epoch) expect(comparePositions(a, b)).toBeLessThan(0);
      }),
    );
  });
  test("a later epoch is greater, also when the clock went back", () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 31),
        fc.nat(2 ** 31),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999 })),
        (first, second, chance) => {
          const random = () => chance.next().value ?? 0;
          const earlier = mintEpoch({ nowMs: first, random });
          const later = mintEpoch({ nowMs: second, random, after: earlier });
          expect(isEpoch(earlier) && isEpoch(later)).toBe(true);
          expect(later > earlier).toBe(true);
        },
      ),
    );
  });
});

describe("canonical JSON", () => {
  test("does not depend on the order of members", () => {
    expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: true, gone: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
  });
  test("says what JSON says", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value) ?? "1")).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
  test("refuses what has no hash: too deep, no number, half a character, a function", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth <= JSON_DEPTH_MAX; depth += 1) deep = [deep];
    for (const bad of [deep, Number.NaN, "\ud800", { "\ud800": 1 }, () => 1, 1n])
      expect(canonicalJson(bad)).toBeUndefined();
  });
});
