/** What a listener is made of: the role that answers, the limits, and who is told. */
import { REQUEST_LIMITS, type RequestLimits } from "../../../core/http/guard-fields.ts";
import type { Refused } from "../../../core/http/refusals.ts";
import type { Cidr } from "../../../core/net/address.ts";
import type { Handler } from "../../../core/ports.ts";
import type { ReadyRole } from "../../../core/ready-port.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { TlsOptions } from "../tls/accept-tls.ts";

/** Start values of FAULTS (c) and DESIGN.md; milliseconds and bytes. */
export const LISTENER_LIMITS = {
  /** A connection that says nothing is closed after it; so is a body that pauses so long. */
  silenceMs: 10_000,
  headersMs: 10_000,
  /** Head and body of a request, unless the body keeps up its rate. */
  requestMs: 30_000,
  /** A body slower than this is cut, after its first `bodyGraceMs`. */
  bodyMinBytesPerSecond: 1_024,
  bodyGraceMs: 10_000,
  keepAliveMs: 5_000,
  /** A reader that takes less than `sendMinBytesPerSecond` for so long is cut. */
  writeStallMs: 20_000,
  /** The same, while more than `stalledReaders` take nothing. */
  crowdedStallMs: 10_000,
  stalledReaders: 128,
  /** The longest time for one answer to a reader slower than `sendMinBytesPerSecond`. */
  sendTimeoutMs: 600_000,
  sendMinBytesPerSecond: 1_024,
  /** An older connection is closed after the answer under way. */
  connectionAgeMs: 3_600_000,
  timerGranularityMs: 1_000,
  /** After the last answer, for the client to read it and close. */
  lingerMs: 2_000,
  connections: 20_000,
  /** From one IPv4 address and from one IPv6 /64; 0 sets no limit. Loopback and trusted proxies are not counted. */
  connectionsPerIpv4: 64,
  connectionsPerIpv6Prefix: 64,
  /** Whose last request was for one site; 0 sets no limit. */
  connectionsPerSite: 15_000,
  requestsPerConnection: 100_000,
  /** The request line, with the target. */
  requestLineBytes: REQUEST_LIMITS.requestLineBytes,
  fieldLineBytes: REQUEST_LIMITS.fieldLineBytes,
  /** Request line and all field lines. */
  headBytes: REQUEST_LIMITS.headBytes,
  fields: REQUEST_LIMITS.fields,
  bodyBytes: 10_485_760,
  /** An unread request body up to this size is drained to keep the connection; a larger one closes it. */
  drainedBodyBytes: 262_144,
  interimResponses: 20,
} as const;

/** Each limit may be set. */
export type ListenerLimits = { readonly [Name in keyof typeof LISTENER_LIMITS]: number };

/** Those of them that the guard judges heads by. */
export function headLimits(limits: ListenerLimits): RequestLimits {
  const { requestLineBytes, fieldLineBytes, headBytes, fields } = limits;
  return { requestLineBytes, urlBytes: requestLineBytes, fieldLineBytes, headBytes, fields };
}

/** A longer body in memory leaves in slices, so that a slow reader's progress can be seen. */
export const WHOLE_BODY_BYTES = 262_144;

/** A request that never reached the role. */
export interface ListenerRefusal {
  readonly atMs: number;
  readonly status: number;
  readonly reason: Refused["reason"];
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
  /** Other processes may listen on the same address; the kernel spreads connections over all of them (SO_REUSEPORT). */
  readonly reusePort?: boolean;
  /** Connections are secured, and clients may choose HTTP/2 on them. */
  readonly tls?: TlsOptions;
  /** What requests are said to have come by; by default `https` with `tls`, else `http`. */
  readonly scheme?: "http" | "https";
  /** Whether to use libuv's handles without Node's streams, where this Node has them as we know them; true by default. */
  readonly rawSockets?: boolean;
  readonly handler: Handler<ByteBody>;
  /** The same role, for what it has ready. */
  readonly ready?: ReadyRole<ByteBody>;
  /** A bug of ours: once per failed request. */
  onError(error: unknown): void;
  /** For the record of what the guard or the parser refused. */
  onRefused?(refusal: ListenerRefusal): void;
  readonly limits?: Partial<ListenerLimits>;
  /** The site of a host name, to count the connections of each; without it they are not counted. */
  siteOf?(authority: string): string | undefined;
  /** Their connections are not counted against an address. */
  readonly trustedProxies?: readonly Cidr[];
  /** Connections from these begin with a PROXY header, which says who the client is. Nobody else's is believed. */
  readonly proxyProtocolFrom?: readonly Cidr[];
}
