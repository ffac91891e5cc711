/** What a listener is made of: the role that answers, the limits, and who is told. */
import type { Refused } from "../../../core/http/refusals.ts";
import type { Handler } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";

/** Start values of FAULTS (c) and DESIGN.md; milliseconds and bytes. */
export const LISTENER_LIMITS = {
  /** A connection that says nothing is closed after it. */
  silenceMs: 10_000,
  headersMs: 10_000,
  /** Head and body of a request. */
  requestMs: 30_000,
  keepAliveMs: 5_000,
  /** A reader that takes nothing for so long is cut. */
  writeStallMs: 20_000,
  timerGranularityMs: 1_000,
  /** After the last answer, for the client to read it and close. */
  lingerMs: 2_000,
  connections: 20_000,
  requestsPerConnection: 100_000,
  /** In flight at once on one connection; with more, it closes after those. */
  pipelinedRequests: 100,
  bodyBytes: 10_485_760,
  /** An unread request body up to this size is drained to keep the connection; a larger one closes it. */
  drainedBodyBytes: 262_144,
  interimResponses: 20,
} as const;

/** Each limit may be set. */
export type ListenerLimits = { readonly [Name in keyof typeof LISTENER_LIMITS]: number };

/** A request that never reached the role. */
export interface ListenerRefusal {
  readonly atMs: number;
  readonly status: number;
  /** The guard's reason, or the parser's word for what it could not read. */
  readonly reason: Refused["reason"] | "unreadable";
  readonly detail: string;
  readonly peerAddress: string;
  /** Known when the head could be parsed. */
  readonly method: string | undefined;
  readonly target: string | undefined;
}

/** Options of `listen`. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** What requests are said to have come by; `http` by default. */
  readonly scheme?: "http" | "https";
  readonly handler: Handler<ByteBody>;
  /** A bug of ours: once per failed request. */
  onError(error: unknown): void;
  /** For the record of what the guard or the parser refused. */
  onRefused?(refusal: ListenerRefusal): void;
  readonly limits?: Partial<ListenerLimits>;
}
