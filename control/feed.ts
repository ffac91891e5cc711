/** One follower of the feed: sends what it has not got yet, in the ledger's order, and ends when it may not follow any more. */
import type { Position } from "../core/ledger/position.ts";
import type { ApiParts } from "./api.ts";
import { eventBytes, type FeedEvents } from "./feed-events.ts";

/** What waits for a follower that does not read; beyond it the follower is let go, and comes back by its position. */
const QUEUE_MAX_BYTES = 64 * 1_048_576;

/** How a feed begins, and for whom it is. */
export interface FeedOptions {
  readonly after: Position | undefined;
  /** The hash at `after`, when it is one of ours. */
  readonly continues: string | undefined;
  readonly node: string;
  /** Send what changes in the fleet. */
  readonly wantsFleet: boolean;
  readonly isStillAllowed: () => boolean;
  readonly onEnd: () => void;
}

/** One follower. */
export class Feed {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #parts: ApiParts;
  readonly #events: FeedEvents;
  readonly #options: FeedOptions;
  /** What has been sent; undefined: nothing yet, so a snapshot comes first. */
  #at: Position | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #atEnd: (() => void)[] = [];
  #cancelBeat: () => void = () => {};
  #cancelNews: () => void = () => {};
  #newsSent = "";
  #gossipEnd: number;
  #sending = false;
  #again = false;

  constructor(parts: ApiParts, events: FeedEvents, options: FeedOptions) {
    this.#parts = parts;
    this.#events = events;
    this.#options = options;
    this.#at = options.after;
    this.#gossipEnd = parts.fleet.gossip.end;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => this.#start(controller),
        cancel: () => this.#end(),
      },
      { highWaterMark: QUEUE_MAX_BYTES, size: (chunk) => chunk.byteLength },
    );
  }

  #start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { ledger, asks } = this.#parts;
    this.#controller = controller;
    this.#atEnd.push(ledger.subscribe(() => void this.#send()));
    this.#atEnd.push(
      asks.subscribe(({ to, ...ask }) => {
        if (to === undefined || to.includes(this.#options.node)) this.#emit(eventBytes("ask", JSON.stringify(ask)));
      }),
    );
    void this.#send();
    this.#beat();
    if (this.#options.wantsFleet) this.#news();
  }

  #beat(): void {
    this.#cancelBeat = this.#parts.clock.after(this.#parts.settings.feedHeadIntervalMs, () => {
      if (!this.#options.isStillAllowed()) return this.#close();
      if (!this.#sending) this.#emit(this.#events.head());
      if (this.#controller !== undefined) this.#beat();
    });
  }

  /** What changed in the fleet, all of it together. */
  #news(): void {
    const { fleet, ledger, clock, settings } = this.#parts;
    const changes = `${fleet.changes} ${ledger.head.hash}`;
    if (changes !== this.#newsSent) {
      this.#newsSent = changes;
      const nowMs = clock.nowMs();
      const edges = fleet.news(ledger.snapshot, nowMs);
      const { news, end } = fleet.gossip.since(this.#gossipEnd, this.#options.node, nowMs);
      this.#gossipEnd = end;
      this.#emit(eventBytes("fleet", JSON.stringify({ edges, ...news })));
    }
    if (this.#controller !== undefined)
      this.#cancelNews = clock.after(settings.fleetNewsIntervalMs, () => this.#news());
  }

  /** Sends all that is not sent yet. One at a time: the order is the ledger's. */
  async #send(): Promise<void> {
    this.#again = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#again && this.#controller !== undefined) {
        this.#again = false;
        await this.#sendNews();
      }
    } catch {
      // The storage failed: the follower comes back and asks again.
      this.#close();
    } finally {
      this.#sending = false;
    }
  }

  async #sendNews(): Promise<void> {
    const { ledger } = this.#parts;
    if (!this.#options.isStillAllowed()) return this.#close();
    const read = this.#at && (await ledger.read(this.#at));
    if (read === undefined || read.kind === "elsewhere") {
      const { position, bytes } = this.#events.snapshot(this.#options.continues);
      this.#at = position;
      return this.#emit(bytes);
    }
    for (const sealed of read.entries) {
      this.#emit(this.#events.entry(sealed));
      this.#at = sealed.entry;
    }
    // Only a head of what has been sent: the follower holds it against its own.
    const isWhole = this.#at?.epoch === ledger.head.epoch && this.#at.seq === ledger.head.seq;
    if (isWhole) this.#emit(this.#events.head());
    else this.#again = true;
  }

  #emit(bytes: Uint8Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    controller.enqueue(bytes);
    if ((controller.desiredSize ?? 0) < 0) this.#close();
  }

  #close(): void {
    this.#controller?.close();
    this.#end();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    for (const callOff of this.#atEnd.splice(0)) callOff();
    this.#cancelBeat();
    this.#cancelNews();
    this.#options.onEnd();
  }
}
