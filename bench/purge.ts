/**
 * What it costs to ask whether a purge covers a stored response: 100,000 live purges of tags, URLs and prefixes, objects
 * with 20 tags. `node bench/purge.ts [--json FILE]`; ends with 1 when the median is over the limit we set ourselves. `first` is
 * the first look at an object after the table changed, `again` while it is the same.
 */
import { parseArgs } from "node:util";
import { AppliedPurges } from "../core/ledger/applied-purges.ts";
import { emptyPurges, type Purge } from "../core/ledger/purges.ts";
import { conclude, median } from "./evidence.ts";

const EPOCH = "01J00000000000000000000000";
const PURGES = 100_000;
const OBJECTS = 2_000;
const TAGS = 20;
const ROUNDS = 31;
const LIMIT_US = 1;

const { values } = parseArgs({ options: { json: { type: "string" } } });

const purge = (scope: Purge["scope"], names: readonly string[]): Purge => ({
  ...{ scope, values: names, soft: false, settleSeconds: 0 },
});
const position = (seq: number) => ({ epoch: EPOCH, seq });
const named = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index));

let table = emptyPurges()
  .with(
    purge(
      "tag",
      named(PURGES - 20_000, (index) => `purged-${index}`),
    ),
    { position: position(1), atMs: 0 },
  )
  .with(
    purge(
      "url",
      named(10_000, (index) => `//shop.example/purged/${index}`),
    ),
    { position: position(2), atMs: 0 },
  )
  .with(
    purge(
      "prefix",
      named(9_900, (index) => `//shop.example/gone/${index}`),
    ),
    { position: position(3), atMs: 0 },
  );
const purges = new AppliedPurges();
const adopt = (seq: number, momentMs: number): void =>
  purges.adopt({ position: position(seq), purges: new Map([["shop", table]]), floor: undefined }, momentMs);
adopt(3, 100);

const subjects = named(OBJECTS, String).map((name) => ({
  ...{ site: "shop", host: "shop.example", urls: [`//shop.example/section/shelf/${name}?page=1`] },
  tags: named(TAGS, (tag) => `object-${name}-tag-${tag}`),
}));

/** Microseconds of processor time a check, all objects once. None is covered, so nothing is cut short. */
function round(nowMs: number): number {
  const started = process.cpuUsage();
  let covered = 0;
  for (const subject of subjects) if (purges.mayCover("shop", 200) && purges.covers(subject, 200, nowMs)) covered += 1;
  if (covered > 0) throw new Error("a purge covers what it does not name");
  const { user, system } = process.cpuUsage(started);
  return (user + system) / OBJECTS;
}

const first: number[] = [];
const again: number[] = [];
for (let seq = 4; seq < 4 + ROUNDS; seq += 1) {
  // A purge of something else: every object is looked at anew.
  table = table.with(purge("tag", [`other-${seq}`]), { position: position(seq), atMs: 0 });
  adopt(seq, 300 + seq);
  first.push(round(1_000));
  again.push(round(1_000));
}
const microseconds = { first: median(first), again: median(again) };
console.log(
  `first ${microseconds.first.toFixed(3)} µs, again ${microseconds.again.toFixed(3)} µs; limit ${LIMIT_US} µs`,
);
const result = { purges: table.size, tagsPerObject: TAGS, objects: OBJECTS, microseconds, limitUs: LIMIT_US };
conclude(values.json, microseconds.first <= LIMIT_US, result);
