/** What a client may do on an HTTP/2 connection. */

/** The settings, and the start values of what has no setting. */
export interface Http2Limits {
  /** Concurrent streams. */
  readonly http2StreamsMax: number;
  readonly http2StreamWindowBytes: number;
  readonly http2ConnectionWindowBytes: number;
  readonly http2ResetsPerMinuteMax: number;
  readonly http2PingsPerMinuteMax: number;
  readonly http2SettingsPerMinuteMax: number;
  /** A connection without a stream is closed after it. */
  readonly http2IdleMs: number;
}

/** Frames that no request explains, a connection: invalid ones, rejected streams. */
export const ODD_FRAMES_MAX = 100;
/** Bytes of memory that nghttp2 may hold for one connection, in megabytes as Node counts them. */
export const SESSION_MEMORY_MB = 4;
/** Names of fields and their values as HPACK keeps them for a connection. */
export const HEADER_TABLE_BYTES = 4_096;
