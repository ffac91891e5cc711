/** The feed: server-sent events. Entries as they come, a signed head after them and at every beat, a snapshot where needed. */
import { type Position, parsePosition, positionText } from "../core/ledger/position.ts";
import { type AddRoutes, type ApiParts, as } from "./api.ts";
import { badRequest } from "./problem.ts";
import { mayDo, principalOf } from "./secrets.ts";

/** What waits for a follower that does not read; beyond it the follower is let go, and comes back by its position. */
const QUEUE_MAX_BYTES = 64 * 1_048_576;
/** Followers of one control. */
const FOLLOWERS_MAX = 2_000;

/** The routes. */
export const feedRoutes: AddRoutes = (app, parts) => {
  let followers = 0;
  app.get("/v1/feed", (context) =>
    as(context, parts, ["edge", "read"], () => {
      const text = context.req.header("last-event-id") || context.req.query("after");
      const after = text === undefined ? undefined : parsePosition(text);
      if (text !== undefined && after === undefined)
        return { problem: badRequest("after", `"${text}" is no position`, "write EPOCH:NUMBER, or leave it out") };
      if (followers >= FOLLOWERS_MAX)
        return {
          problem: {
            status: 503,
            title: "Too many followers",
            detail: `${FOLLOWERS_MAX} follow already`,
            headers: { "Retry-After": "5" },
          },
        };
      followers += 1;
      const authorization = context.req.header("authorization");
      const isStillAllowed = () => {
        const principal = principalOf(parts.ledger.snapshot, authorization);
        return principal !== undefined && mayDo(principal, ["edge", "read"]);
      };
      const feed = new Feed(parts, {
        after,
        isStillAllowed,
        onEnd: () => {
          followers -= 1;
        },
      });
      return new Response(feed.stream, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } });
    }),
  );
};

interface FeedOptions {
  readonly after: Position | undefined;
  readonly isStillAllowed: () => boolean;
  readonly onEnd: () => void;
}

/** One follower. */
class Feed {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #parts: ApiParts;
  readonly #options: FeedOptions;
  /** What has been sent; undefined: nothing yet, so a snapshot comes first. */
  #at: Position | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #unsubscribe: () => void = () => {};
  #cancelBeat: () => void = () => {};
  #sending = false;
  #again = false;

  constructor(parts: ApiParts, options: FeedOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#at = options.after;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#unsubscribe = parts.ledger.subscribe(() => void this.#send());
          void this.#send();
          this.#beat();
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: QUEUE_MAX_BYTES, size: (chunk) => chunk.byteLength },
    );
  }

  #beat(): void {
    this.#cancelBeat = this.#parts.clock.after(this.#parts.settings.feedHeadIntervalMs, () => {
      if (!this.#options.isStillAllowed()) return this.#close();
      if (!this.#sending) this.#emit("head", this.#parts.ledger.signedHead());
      if (this.#controller !== undefined) this.#beat();
    });
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
      const { head, text } = ledger.signedSnapshot();
      this.#at = head;
      return this.#emit("snapshot", { head, snapshot: text }, head);
    }
    for (const sealed of read.entries) {
      this.#emit("entry", sealed, sealed.entry);
      this.#at = sealed.entry;
    }
    // Only a head of what has been sent: the follower holds it against its own.
    const isWhole = this.#at?.epoch === ledger.head.epoch && this.#at.seq === ledger.head.seq;
    if (isWhole) this.#emit("head", ledger.signedHead());
    else this.#again = true;
  }

  #emit(event: string, data: unknown, id?: Position): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    const idLine = id === undefined ? "" : `id: ${positionText(id)}\n`;
    controller.enqueue(ENCODER.encode(`event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`));
    if ((controller.desiredSize ?? 0) < 0) this.#close();
  }

  #close(): void {
    this.#controller?.close();
    this.#end();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#unsubscribe();
    this.#cancelBeat();
    this.#options.onEnd();
  }
}

const ENCODER = new TextEncoder();
