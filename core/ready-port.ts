/** The port between a listener and a role that has answers ready. */
import type { Fields } from "./http/fields.ts";
import type { Sent } from "./ports.ts";

/**
 * A role that has some answers ready. They are those that its handler would give, records included; a listener may take
 * them for a GET of HTTP/1.1 without a body, and asks the handler for all others.
 */
export interface ReadyRole<B> {
  /** Remembered by the listener beside a block of fields that comes again. Undefined: such requests are for the handler. */
  clientOf(scheme: "http" | "https", authority: string, fields: Fields): ReadyClient<B> | undefined;
}

/** All requests with the same fields. */
export interface ReadyClient<B> {
  /** The answer to a GET of a target in origin form that the guard accepts, for this peer. Undefined: ask the handler. */
  answer(target: string, peerAddress: string, nowMs: number): ReadyAnswer<B> | undefined;
}

/** An answer that is written as it stands. It may be another one after the next call of `answer`. */
export interface ReadyAnswer<B> {
  /** The head, with the empty line behind it. */
  readonly text: string;
  readonly body: B;
  /** To be called once for each time that it was taken. */
  sent(how: ReadySent): void;
}

/** How a ready answer left, and who had asked for it. */
export interface ReadySent extends Sent {
  readonly fields: Fields;
  readonly peerAddress: string;
  readonly receivedAtMs: number;
  readonly endedAtMs: number;
}
