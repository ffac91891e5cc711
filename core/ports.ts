/**
 * What the engine asks of a runtime. Heads are plain data; `B` is the runtime's own body type, which the core never
 * looks into: on Node a buffer or an async iterable of buffers, on Workers a native stream.
 */
import type { StoredResponse } from "./cache/stored.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Fields, RequestHead, ResponseHead } from "./http/fields.ts";

/** A value now or later: a memory store answers at once, a disk store does not. */
export type Eventually<T> = T | Promise<T>;

/** Time and chance, the only ones that role code sees. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Runs `action` once after `delayMs`; returns how to call it off. */
  after(delayMs: number, action: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
}

/** Bytes `first`..`last`, both inclusive, counted from 0. */
export interface ByteSpan {
  readonly first: number;
  readonly last: number;
}

/** A body that is kept whole and can be read many times. */
export interface KeptBody<B> {
  readonly bytes: number;
  /** How many of them lie in memory; absent: all. */
  readonly memoryBytes?: number;
  /** A new reader of the whole body or of one span of it. */
  open(span?: ByteSpan): B;
  /** A store in memory says so for each response with this body that it takes in. */
  hold?(): void;
  /** And for each that it lets go; the body can still be opened. */
  release?(): void;
}

/** How the arrival of a body ended. Only `complete` may be stored (RFC 9111 §3.3). */
export type SpoolEnd =
  | { readonly kind: "complete"; readonly bytes: number }
  /** More than `maxBytes` came: readers get it all, it is not kept. */
  | { readonly kind: "overflow" }
  /** The source failed or was abandoned: readers see the failure, it is not kept. */
  | { readonly kind: "failed"; readonly reason: string };

/** How a body is taken in. */
export interface SpoolLimits<B> {
  /** Up to this it is kept whole. A longer one is a window on what passes. */
  readonly maxBytes: number;
  /** What becomes of readers that are too slow for the window. Absent: the source waits for the slowest. */
  readonly lag?: SpoolLag<B>;
  /** What it may hold beside other bodies. Absent: as much as the other limits say. */
  readonly room?: SpoolRoom;
  /**
   * Asked when the last reader has left a body that could still be kept: whether it is read to its end all the same.
   * Absent: it is. A window without readers is always given up, once it has had one.
   */
  goesOnUnread?(arrivedBytes: number): boolean;
  /** It is not kept, but all that has come is held still: now, and for no longer, `open` gives a reader from its first byte. */
  onOverflow?(): void;
}

/** Memory that bodies on their way share. */
export interface SpoolRoom {
  /** Held in any case. */
  readonly leastBytes: number;
  /**
   * No more than `leastBytes` is to be held: a body that could have been kept becomes a window, and a window follows its
   * slowest reader.
   */
  isFull(): boolean;
  /** Is told what is held now; 0 at the end, when nothing is on its way any more. */
  holds(bytes: number): void;
}

/** What becomes of slow readers of a window: they leave it, and the source follows the fastest. */
export interface SpoolLag<B> {
  /** Who is further behind the fastest leaves when it is really slower. At four times as many bytes the source waits half of `patienceMs` for it to come nearer. */
  readonly maxBytes: number;
  /** For how long a reader that is too far behind is looked at before it is called slow. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, "nowMs" | "after">;
  /** Room for one reader outside of the window. Undefined: there is none, and the source waits for this reader. */
  leave(): LaggingReader<B> | undefined;
}

/** One reader outside of the window. */
export interface LaggingReader<B> {
  /** The body from byte `first` on, asked for when the reader wants it. Undefined: it cannot be had, and the reader fails. */
  continueFrom(first: number): Promise<B | undefined>;
  /** The reader has ended, at whatever point. Called once. */
  over(): void;
}

/** A body on its way in: one reader of the source, any number of readers of what has arrived. */
export interface Spool<B> {
  /** A reader from the first byte. Undefined when the beginning is no longer held (a window moved on) or the source failed. */
  open(): B | undefined;
  /** Settles once, never rejects. */
  readonly ended: Promise<SpoolEnd>;
  /** Settles when `open` gives no reader any more, or the body is whole. */
  readonly sealed: Promise<void>;
  /** The kept body. Defined only after `ended` settled with `complete`. */
  kept(): KeptBody<B> | undefined;
  /** Stops the source; readers fail. Does nothing after the end. */
  abandon(reason: string): void;
}

/** What the runtime does with bodies. */
export interface Bodies<B> {
  /** Begins to keep `source` (undefined: an empty body); reading starts at once, at its own pace up to `maxBytes`. */
  spool(source: B | undefined, limits: SpoolLimits<B>): Spool<B>;
  fromText(text: string): B;
  /** Several bodies one after the other (multipart answers). */
  concat(parts: readonly B[]): B;
  /** Parts of bodies one after the other, each asked for when the one before has been read; undefined ends them. Fails when `next` does. */
  inTurn(next: () => Promise<B | undefined>): B;
  /** A part of a body that is read from its beginning. What is behind the part is left. */
  part(body: B, span: ByteSpan): B;
  /** Gives up a body that nobody will read. */
  discard(body: B | undefined): void;
}

/** What lies under one key. The note goes when anything changes there. */
export interface StoreEntry<B> {
  /** The store's own number for it. */
  readonly slot?: number;
  readonly variants: readonly StoredResponse<B>[];
  /** What whoever found it has to remember about it. Not counted: small. */
  note: unknown;
}

/** A body on its way to a store. */
export interface ArrivingBody<B> {
  /** Undefined: its end will tell. */
  readonly bytes: number | undefined;
  /** Reads it from its first byte. Asked for once, if at all; undefined: it cannot be had any more. */
  open(): B | undefined;
}

/** Where cached responses live. One entry per key and variant; bounded in bytes by the adapter. */
export interface Store<B> {
  /** All variants stored under a key. */
  find(key: string): Eventually<readonly StoredResponse<B>[]>;
  /** What lies there with room for a note, without counting as a use; only where the store answers at once. */
  entry?(key: string): StoreEntry<B> | undefined;
  /** Says that an entry was used, as if `find` had found it. */
  answered?(entry: StoreEntry<B>): void;
  /** Adds a variant, replacing the one with the same `id`. When there are too many, the one unused for longest goes. */
  put(key: string, response: StoredResponse<B>): Eventually<void>;
  /** Says that a variant answered. Only asked where a key has several. */
  used(key: string, id: string): Eventually<void>;
  /** Takes a long body while it arrives; settles when it is stored or given up. Undefined: it has no place, and is left. */
  putArriving?(
    key: string,
    response: Omit<StoredResponse<B>, "body">,
    body: ArrivingBody<B>,
  ): Promise<void> | undefined;
  /** Removes one variant, or all of the key. */
  remove(key: string, id?: string): Eventually<void>;
  /** What sites are promised of it, in percent, by their names; what they do not use others may borrow. Absent: nothing is. */
  share?(percents: ReadonlyMap<string, number>): void;
  /** What it holds now. */
  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number };
}

/** Hashes and keyed hashes of texts in UTF-8. */
export interface Hashing {
  sha256(text: string): Eventually<Uint8Array>;
  hmacSha256(key: Uint8Array | string, text: string): Eventually<Uint8Array>;
}

/** Where to connect: the parsed form of an origin URL or of an edge's address. */
export interface Target {
  readonly scheme: "http" | "https";
  /** Host name or address literal, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Time limits of one upstream exchange. */
export interface UpstreamTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}

/** TLS with an upstream, where it differs from the default: the target's own name, verified by the system's authorities. */
export interface UpstreamTls {
  /** Asked for (SNI) and looked for in the certificate. */
  readonly serverName?: string | undefined;
  /** PEM file with the only authorities that are trusted. */
  readonly authoritiesFile?: string | undefined;
  /** PEM files with a certificate, and its chain, that says who we are; and its private key. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** One request to an origin, a parent or an edge. `fields` include Host and are sent as they stand. */
export interface UpstreamRequest<B> {
  readonly to: Target;
  readonly method: string;
  readonly target: string;
  readonly fields: Fields;
  readonly body: B | undefined;
  /** Whether private and loopback addresses may be connected to. */
  readonly allowPrivate: boolean;
  readonly timeouts: UpstreamTimeouts;
  readonly tls?: UpstreamTls | undefined;
  /** Speak HTTP/2 over TLS where the upstream does (ALPN); a runtime that cannot choose ignores it. */
  readonly http2?: boolean;
  readonly cancellation: Cancellation;
  /** A Transfer-Encoding other than chunked: read until the connection ends (`relay`), or malformed (default, FAULTS R02). */
  readonly oddCodings?: "relay" | "refuse";
  /** Called once, when the exchange takes no more room at the upstream: its body has ended or broken, or it failed. */
  onOver?(): void;
  /** Interim responses (1xx but 101), as they come. */
  onInterim?(head: ResponseHead): void;
}

/** Why no usable response came. */
export type UpstreamFailure =
  | "refused" // connection refused or reset before anything was sent
  | "unresolved" // the name does not resolve
  | "connect-timeout"
  | "first-byte-timeout"
  | "reset" // the connection broke before the head was whole
  | "malformed" // not HTTP that may be relayed (FAULTS 2.B)
  | "tls"
  | "forbidden-address" // the SSRF filter
  | "busy" // it has as many requests as it may have, and nothing came free in time
  | "unavailable" // it has failed so often that it is not asked for a while
  | "cancelled"; // our side gave up

/** An upstream never throws for what the network did: it answers with a value. */
export type UpstreamResult<B> =
  | {
      readonly kind: "response";
      readonly head: ResponseHead;
      /** Fails (throws to its reader) when the body is cut, overlong or stalls. Undefined: no body. */
      readonly body: B | undefined;
      /** The body ends where the connection ends, not by length or chunks: its end cannot be trusted (FAULTS R04). */
      readonly closeDelimited: boolean;
    }
  | { readonly kind: "failure"; readonly failure: UpstreamFailure; readonly detail: string };

/** Sends requests upstream: pooled, bounded, TLS verified. */
export interface Upstream<B> {
  fetch(request: UpstreamRequest<B>): Promise<UpstreamResult<B>>;
}

/** One request as a listener hands it to a role. */
export interface Incoming<B> {
  readonly head: RequestHead;
  /** Undefined when the request has no body. */
  readonly body: B | undefined;
  /** The peer of the connection, an address literal. */
  readonly peerAddress: string;
  /** Fires when the client goes away before its answer is complete. */
  readonly cancellation: Cancellation;
  /** When the head was complete. */
  readonly receivedAtMs: number;
  /** The client's country as the platform tells it; undefined: it does not, or does not know. */
  readonly country?: string | undefined;
  /** `1.0`, `1.1`, `2`, where the listener knows. */
  readonly httpVersion?: string;
  /** Passes an interim response (102, 103) on, where the protocol can. */
  interim(head: ResponseHead): void;
}

/** How an answer left. */
export interface Sent {
  readonly bodyBytes: number;
  /** False when the client left or the body failed midway. */
  readonly complete: boolean;
  /** The status of the listener's own answer, where it had to give one in place of the role's. */
  readonly instead?: number;
}

/** A role's answer. `sent` is called exactly once, when the last byte has left or the connection broke. */
export interface Reply<B> {
  readonly head: ResponseHead;
  readonly body: B | undefined;
  /** Close the client's connection afterwards. */
  readonly close?: boolean;
  sent(result: Sent): void;
}

/** A role seen from its listener. It answers every request, and never throws for what came from outside. */
export type Handler<B> = (incoming: Incoming<B>) => Eventually<Reply<B>>;
