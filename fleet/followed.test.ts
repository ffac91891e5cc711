/** A follower believes what is vouched for, whatever the network makes of the feed, and sees when control forgot something. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { beginning, type Head, type SealedEntry, sealEntries, signHead } from "../core/ledger/chain.ts";
import { fold } from "../core/ledger/fold.ts";
import type { FeedEvent } from "../core/ledger/follow-ports.ts";
import { emptySnapshot, type Snapshot, withNewEpoch } from "../core/ledger/snapshot.ts";
import { snapshotText } from "../core/ledger/snapshot-text.ts";
import { gunzipText } from "../runtime/node/gunzip.ts";
import { ledgerSigner, ledgerVerifier, newLedgerKey, sha256 } from "../runtime/node/ledger-crypto.ts";
import { EPOCHS } from "../test/contract/ledger-engine.ts";
import { type Followed, follow, followedText, readFollowed } from "./followed.ts";

const { sign, publicKey } = ledgerSigner(newLedgerKey());
const trust = { digest: sha256, verify: ledgerVerifier(publicKey) ?? (() => false) };
const start = beginning(EPOCHS[0], sha256);

function log(count: number, mark = "t"): readonly SealedEntry[] {
  const entries = Array.from({ length: count }, (_, index) => ({
    ...{ epoch: EPOCHS[0], seq: index + 1, at: index, author: "test", kind: "purge" as const, site: "shop" },
    payload: { scope: "tag", values: [`${mark}${index}`] },
  }));
  return sealEntries(start, entries, sha256);
}

const LOG = log(20);

function headAt(seq: number, entries = LOG): Head {
  return { epoch: EPOCHS[0], seq, hash: entries[seq - 1]?.hash ?? start.hash };
}

function headEvent(head: Head, signer = sign): FeedEvent {
  return { type: "head", data: JSON.stringify(signHead(head, { at: 1 }, signer)) };
}

function entryEvent(sealed: SealedEntry | undefined): FeedEvent {
  return { type: "entry", data: JSON.stringify(sealed) };
}

function snapshotEvent(head: Head, snapshot: Snapshot, signer = sign): FeedEvent {
  const text = snapshotText(snapshot);
  return {
    type: "snapshot",
    data: JSON.stringify({ head: signHead(head, { at: 1, snapshot: sha256(text) }, signer), snapshot: text }),
  };
}

function stateAt(seq: number): Snapshot {
  return fold(
    emptySnapshot(EPOCHS[0]),
    LOG.slice(0, seq).map(({ entry }) => entry),
  );
}

function holding(seq: number): Followed {
  const step = follow(undefined, snapshotEvent(headAt(seq), stateAt(seq)), trust);
  if (step.kind !== "adopted") throw new Error(step.kind);
  return step.followed;
}

describe("a follower", () => {
  test("adopts entries when a signed head vouches for them, not before", () => {
    const waiting = follow(holding(3), entryEvent(LOG[3]), trust);
    expect(waiting).toMatchObject({ kind: "waiting", followed: { snapshot: { position: { seq: 3 } } } });
    if (waiting.kind !== "waiting") throw new Error(waiting.kind);
    const adopted = follow(waiting.followed, headEvent(headAt(4)), trust);
    expect(adopted).toMatchObject({ kind: "adopted", followed: { snapshot: { position: { seq: 4 } }, waiting: [] } });
  });

  test("whatever is dropped, doubled or reordered, what it holds is a state that control vouched for", () => {
    const events = [
      ...LOG.map(entryEvent),
      ...LOG.map((_, index) => headEvent(headAt(index + 1))),
      snapshotEvent(headAt(7), stateAt(7)),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 60 }), (feed) => {
        let held: Followed | undefined;
        let last = -1;
        for (const event of feed) {
          const step = follow(held, event, trust);
          if ("followed" in step) held = step.followed;
          if (held === undefined) continue;
          const { seq } = held.snapshot.position;
          expect(seq).toBeGreaterThanOrEqual(last);
          last = seq;
          expect(snapshotText({ ...held.snapshot, floor: undefined })).toBe(snapshotText(stateAt(seq)));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("asks anew when entries are missing, also the last ones", () => {
    expect(follow(holding(3), entryEvent(LOG[5]), trust).kind).toBe("resync");
    expect(follow(holding(3), headEvent(headAt(4)), trust)).toMatchObject({ kind: "resync", proven: { seq: 4 } });
    expect(follow(undefined, entryEvent(LOG[0]), trust).kind).toBe("resync");
  });

  test("does not believe another key, whatever it signs", () => {
    const other = ledgerSigner(newLedgerKey()).sign;
    expect(follow(undefined, snapshotEvent(headAt(3), stateAt(3), other), trust).kind).toBe("refused");
    expect(follow(holding(3), headEvent(headAt(3), other), trust).kind).toBe("refused");
  });

  test("does not believe a snapshot that is not the signed one", () => {
    const { data } = snapshotEvent(headAt(3), stateAt(3));
    expect(follow(undefined, { type: "snapshot", data: data.replace("t1", "t9") }, trust).kind).toBe("refused");
  });

  test("sees that control forgot: an earlier head, an earlier snapshot, other entries at the same place", () => {
    const forked = log(20, "x");
    expect(follow(holding(5), headEvent(headAt(4)), trust).kind).toBe("rolled-back");
    expect(follow(holding(5), snapshotEvent(headAt(4), stateAt(4)), trust).kind).toBe("rolled-back");
    expect(follow(holding(5), headEvent(headAt(5, forked)), trust).kind).toBe("rolled-back");
    expect(follow(holding(5), entryEvent(forked[5]), trust).kind).toBe("rolled-back");
  });

  test("takes a new epoch only with its snapshot, and never an old one again", () => {
    const later = withNewEpoch(stateAt(3), EPOCHS[1], "lost");
    const head = beginning(EPOCHS[1], sha256);
    expect(follow(holding(5), headEvent(head), trust).kind).toBe("resync");
    const step = follow(holding(5), snapshotEvent(head, later), trust);
    expect(step).toMatchObject({ kind: "adopted", followed: { snapshot: { floor: { epoch: EPOCHS[1], seq: 0 } } } });
    if (step.kind !== "adopted") throw new Error(step.kind);
    expect(follow(step.followed, snapshotEvent(headAt(20), stateAt(20)), trust).kind).toBe("rolled-back");
  });

  test("a snapshot that is not said to go on from what is held makes everything stored before stale", () => {
    const adopted = (...events: readonly FeedEvent[]) => {
      let held = holding(3);
      for (const event of events) {
        const step = follow(held, event, trust);
        if ("followed" in step) held = step.followed;
      }
      return held.snapshot;
    };
    const continues = (hash: string): FeedEvent => ({ type: "continues", data: JSON.stringify({ hash }) });
    const snapshot = snapshotEvent(headAt(9), stateAt(9));
    expect(adopted(continues(headAt(3).hash), snapshot)).toMatchObject({ position: { seq: 9 }, floor: undefined });
    for (const events of [[snapshot], [continues(headAt(2).hash), snapshot]])
      expect(adopted(...events)).toMatchObject({ position: { seq: 9 }, floor: { seq: 9 } });
    // It stays so when a later snapshot knows nothing of it.
    expect(adopted(snapshot, continues(headAt(9).hash), snapshotEvent(headAt(12), stateAt(12)))).toMatchObject({
      floor: { seq: 9 },
    });
  });

  test("reads a compressed snapshot as the one that was compressed, and believes none that is damaged", () => {
    const text = snapshotText(stateAt(9));
    const head = signHead(headAt(9), { at: 1, snapshot: sha256(text) }, sign);
    const event = (gzip: string): FeedEvent => ({ type: "snapshot", data: JSON.stringify({ head, gzip }) });
    const zipped = gzipSync(text).toString("base64");
    const reading = { ...trust, gunzip: gunzipText };
    expect(follow(undefined, event(zipped), reading)).toMatchObject({ kind: "adopted" });
    for (const bad of ["", "AAAA", gzipSync(`${text} `).toString("base64")])
      expect(follow(undefined, event(bad), reading).kind).toBe("refused");
    expect(follow(undefined, event(zipped), trust).kind).toBe("refused");
  });

  test("ignores events of newer controls, and survives any text", () => {
    expect(follow(holding(3), { type: "weather", data: "sunny" }, trust).kind).toBe("nothing");
    fc.assert(
      fc.property(fc.constantFrom("snapshot", "entry", "head"), fc.oneof(fc.string(), fc.json()), (type, data) => {
        expect(["refused", "resync"]).toContain(follow(holding(3), { type, data }, trust).kind);
      }),
    );
  });
});

describe("what is on disk", () => {
  test("reads back what was held", () => {
    const held = holding(5);
    expect(readFollowed(followedText(held, sha256), trust)).toMatchObject({
      head: held.head,
      snapshot: { position: { seq: 5 } },
    });
  });
  test("is not believed when it is cut, changed or of another ledger", () => {
    const text = followedText(holding(5), sha256);
    const other = { digest: sha256, verify: ledgerVerifier(ledgerSigner(newLedgerKey()).publicKey) ?? (() => true) };
    for (const bad of ["", text.slice(0, -1), text.replace("t1", "t9")])
      expect(readFollowed(bad, trust)).toBeUndefined();
    expect(readFollowed(text, other)).toBeUndefined();
  });
});
