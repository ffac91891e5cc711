/** What is remembered of ready hits: beside each stored key a note, and in it the answers. */
import type { StoredResponse } from "../core/cache/stored.ts";
import type { StoreEntry } from "../core/ports.ts";
import type { ReadyAnswer, ReadySent } from "../core/ready-port.ts";
import type { Exchange } from "./exchange.ts";

/** What is remembered beside a stored key: for whom, and what is answered. */
export class Note<B> {
  readonly entry: StoreEntry<B>;
  readonly exchange: Exchange<B>;
  /** Its answers may be ready. False: what they are is `serve`'s to say each time. */
  readonly mayBeReady: boolean;
  /** The fields that variants are told apart by. */
  readonly names: readonly string[];
  /** By the values of these. */
  readonly chosen = new Map<string, Ready<B>>();

  constructor(exchange: Exchange<B>, entry: StoreEntry<B>, mayBeReady: boolean) {
    this.entry = entry;
    this.exchange = exchange;
    this.mayBeReady = mayBeReady;
    this.names = [...new Set(entry.variants.flatMap(({ varyOn }) => varyOn.map(([name]) => name)))];
    entry.note = this;
  }

  forget(): void {
    if (this.entry.note === this) this.entry.note = undefined;
  }
}

/** The text of one answer, which may be taken away. */
export interface Shown {
  text: string;
  fromMs: number;
  untilMs: number;
}

/** None. */
export const NOT_SHOWN: Shown = { text: "", fromMs: 0, untilMs: 0 };

/** One stored response, ready. */
export class Ready<B> implements ReadyAnswer<B> {
  readonly exchange: Exchange<B>;
  readonly stored: StoredResponse<B>;
  shown: Shown = NOT_SHOWN;
  /** It cannot be written in one piece, or is too long to be kept. */
  isLong = false;

  constructor(exchange: Exchange<B>, stored: StoredResponse<B>) {
    this.exchange = exchange;
    this.stored = stored;
  }

  get body(): B {
    return this.stored.body.open();
  }

  get text(): string {
    return this.shown.text;
  }

  sent({ fields, peerAddress, receivedAtMs, endedAtMs, bodyBytes, complete }: ReadySent): void {
    const { exchange } = this;
    const { edge, incoming } = exchange;
    edge.record({
      atMs: receivedAtMs,
      node: edge.id,
      role: "edge",
      site: exchange.site.name,
      outcome: "hit",
      forward: undefined,
      reason: undefined,
      key: exchange.key,
      method: "GET",
      authority: incoming.head.authority,
      target: incoming.head.target,
      httpVersion: "1.1",
      requestFields: fields,
      status: this.stored.head.status,
      bodyBytes,
      complete,
      clientAddress: edge.clientOf(peerAddress, incoming.head).clientAddress,
      country: undefined,
      headMs: 0,
      totalMs: endedAtMs - receivedAtMs,
      upstream: undefined,
      upstreamHeadMs: undefined,
      trace: undefined,
    });
  }
}
