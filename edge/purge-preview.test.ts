/** What a purge would touch: memory exactly, the disk by a sample, nothing that an earlier purge has made useless. */
import { describe, expect, test } from "vitest";
import { cacheKey, keyId } from "../core/cache/key.ts";
import { placeOfKey } from "../core/cache/key-place.ts";
import { AppliedPurges } from "../core/ledger/applied-purges.ts";
import { emptyPurges } from "../core/ledger/purges.ts";
import { type Held, purgePreview } from "./purge-preview.ts";
import { RecentRequests } from "./recent-requests.ts";

const EPOCH = "01J00000000000000000000000";
const clock = {
  nowMs: () => 1_000_000,
  after: (_: number, action: () => void) => {
    queueMicrotask(action);
    return () => {};
  },
  random: () => 0,
};

const keyOf = (target: string, choice: object = {}): string => {
  const request = { method: "GET", scheme: "https" as const, authority: "shop.example", target, fields: [] };
  const rules = { keyHeaders: [], keyCookies: [], keyDeviceClass: false, keyCountry: false, keyRules: "r1", ...choice };
  return keyId(cacheKey("shop", request, rules));
};
const held = (target: string, tags: string, bytes: number, requestAtMs = 500): Held => ({
  key: keyOf(target),
  variants: [{ head: { status: 200, fields: [["cache-tag", tags]] }, requestAtMs, body: { bytes } }],
});

describe("a dry run", () => {
  test("counts objects, bytes and requests a minute of what is in memory, and scales up a sample of the disk", async () => {
    const memory = Array.from({ length: 1_200 }, (_, index) => held(`/${index}`, index < 30 ? "red, big" : "blue", 10));
    const recent = new RecentRequests();
    for (let times = 0; times < 90; times += 1)
      recent.add(keyOf(times % 3 === 0 ? "/1" : "/100"), 1_000_000 - times * 600);
    const sampled = [
      ...Array.from({ length: 5 }, () => held("/x", "red", 100)),
      ...Array.from({ length: 95 }, () => held("/y", "", 1)),
    ];
    const parts = { edge: { purges: new AppliedPurges(), clock }, memory: () => memory, recent };
    const sample = async () => ({ held: sampled, entriesInAll: 1_000 });
    expect(await purgePreview({ ...parts, sample }, "shop", { scope: "tag", values: ["red"] })).toEqual({
      objects: 30,
      bytes: 300,
      requestsPerMinute: 30,
      disk: { objects: 50, bytes: 5_000, sampled: 100, of: 1_000 },
    });
    const url = { scope: "url", values: ["//shop.example/7"] } as const;
    expect(await purgePreview(parts, "shop", url)).toMatchObject({ objects: 1 });
    expect(await purgePreview(parts, "blog", { scope: "site", values: [] })).toMatchObject({ objects: 0 });
    expect(await purgePreview(parts, "shop", { scope: "site", values: [] })).toMatchObject({ objects: 1_200 });
  });

  test("leaves out what a purge has made useless already", async () => {
    const purges = new AppliedPurges();
    purges.adopt({ position: { epoch: EPOCH, seq: 0 }, purges: new Map(), floor: undefined }, 100);
    const one = { scope: "tag", values: ["red"], soft: false, settleSeconds: 0 } as const;
    const table = emptyPurges().with(one, { position: { epoch: EPOCH, seq: 1 }, atMs: 0 });
    purges.adopt({ position: { epoch: EPOCH, seq: 1 }, purges: new Map([["shop", table]]), floor: undefined }, 600);
    const memory = () => [held("/a", "red", 1), held("/b", "red", 1, 700)];
    const parts = { edge: { purges, clock }, memory, recent: new RecentRequests() };
    expect(await purgePreview(parts, "shop", { scope: "tag", values: ["red"] })).toMatchObject({ objects: 1 });
  });
});

test("a key says where it is from, whatever is chosen for it", () => {
  const place = { site: "shop", authority: "shop.example", target: "/a?b=1:2" };
  expect(placeOfKey(keyOf("/a?b=1:2"))).toEqual(place);
  expect(placeOfKey(keyOf("/a?b=1:2", { keyHeaders: ["x-a", "x-b"], keyCountry: true }))).toEqual(place);
  expect(placeOfKey(`slice 3 of 1048576 ${keyOf("/a?b=1:2")}`)).toEqual(place);
  expect(placeOfKey("nonsense")).toBeUndefined();
});
