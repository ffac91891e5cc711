/** The events of the feed as bytes: what many followers get is made once. */
import { gzipSync } from "node:zlib";
import type { SealedEntry } from "../core/ledger/chain.ts";
import { type Position, positionText } from "../core/ledger/position.ts";
import type { Clock } from "../core/ports.ts";
import type { LedgerService } from "./ledger-service.ts";

/** Shorter snapshots are not worth compressing. */
const COMPRESS_FROM_CHARACTERS = 8_192;
/** A signed head is given to all who ask within this time. */
const HEAD_FRESH_MS = 200;

/** The encoder of one control. */
export class FeedEvents {
  readonly #ledger: LedgerService;
  readonly #clock: Clock;
  readonly #entries = new WeakMap<SealedEntry, Uint8Array>();
  #head: Made | undefined;
  #snapshot: Made | undefined;

  constructor(ledger: LedgerService, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** An entry. */
  entry(sealed: SealedEntry): Uint8Array {
    const known = this.#entries.get(sealed);
    if (known !== undefined) return known;
    const made = eventBytes("entry", JSON.stringify(sealed), sealed.entry);
    this.#entries.set(sealed, made);
    return made;
  }

  /** The head, signed now or a moment ago. */
  head(): Uint8Array {
    const nowMs = this.#clock.nowMs();
    const { hash } = this.#ledger.head;
    if (this.#head?.hash !== hash || nowMs - this.#head.atMs > HEAD_FRESH_MS || nowMs < this.#head.atMs)
      this.#head = { hash, atMs: nowMs, bytes: eventBytes("head", JSON.stringify(this.#ledger.signedHead())) };
    return this.#head.bytes;
  }

  /**
   * The whole state with its head. `continues` says to a follower that what it holds, whose hash this is, is of this log:
   * it missed nothing but what is folded in.
   */
  snapshot(continues: string | undefined): { readonly bytes: Uint8Array; readonly position: Position } {
    const { head } = this.#ledger;
    if (this.#snapshot?.hash !== head.hash) {
      const { head: signed, text } = this.#ledger.signedSnapshot();
      const body =
        text.length < COMPRESS_FROM_CHARACTERS
          ? { head: signed, snapshot: text }
          : { head: signed, gzip: gzipSync(text).toString("base64") };
      this.#snapshot = { hash: head.hash, atMs: 0, bytes: eventBytes("snapshot", JSON.stringify(body), head) };
    }
    const { bytes } = this.#snapshot;
    const prefix = continues === undefined ? undefined : eventBytes("continues", JSON.stringify({ hash: continues }));
    return { position: head, bytes: prefix === undefined ? bytes : Buffer.concat([prefix, bytes]) };
  }
}

interface Made {
  readonly hash: string;
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

const ENCODER = new TextEncoder();

/** One server-sent event; with a position it has an id. */
export function eventBytes(event: string, data: string, id?: Position): Uint8Array {
  const idLine = id === undefined ? "" : `id: ${positionText(id)}\n`;
  return ENCODER.encode(`event: ${event}\n${idLine}data: ${data}\n\n`);
}
