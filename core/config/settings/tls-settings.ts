/** TLS and HTTP/2 with clients. Part of the settings table. */
import type { Setting } from "./setting.ts";

/** The rows of the group "TLS and HTTP/2". */
export const TLS_SETTINGS = {
  handshakesPerIpPerSecondMax: {
    unit: "per second",
    default: 20,
    min: 0,
    max: 10_000,
    about:
      "New TLS handshakes a second from one address. 0 sets no limit. Loopback and trusted proxies are never counted.",
  },
  handshakesPerIpBurst: {
    unit: "times",
    default: 60,
    min: 1,
    max: 100_000,
    about: "Handshakes from one address that may come at once before the rate counts.",
  },
  tlsHandshakeTimeoutMs: {
    unit: "milliseconds",
    default: 5000,
    min: 500,
    max: 120_000,
    about: "Longest TLS handshake.",
  },
  http2StreamsMax: {
    unit: "requests",
    default: 100,
    min: 1,
    max: 1000,
    about: "Concurrent streams of one HTTP/2 connection.",
  },
  http2StreamWindowBytes: {
    unit: "bytes",
    default: 65_535,
    min: 16_384,
    max: 16_777_216,
    about: "Flow-control window of one HTTP/2 stream.",
  },
  http2ConnectionWindowBytes: {
    unit: "bytes",
    default: 1_048_576,
    min: 65_535,
    max: 67_108_864,
    about: "Flow-control window of an HTTP/2 connection.",
  },
  http2IdleMs: {
    unit: "milliseconds",
    default: 60_000,
    min: 1000,
    max: 3_600_000,
    about: "An HTTP/2 connection without a request under way is closed after it.",
  },
  http2ResetsPerMinuteMax: {
    unit: "per minute",
    default: 100,
    min: 10,
    max: 100_000,
    about: "Resets of streams, the client's and those it provokes, before the connection is closed (rapid reset).",
  },
  http2PingsPerMinuteMax: {
    unit: "per minute",
    default: 60,
    min: 5,
    max: 100_000,
    about: "PING frames a minute before the connection is closed.",
  },
  http2SettingsPerMinuteMax: {
    unit: "per minute",
    default: 14,
    min: 2,
    max: 100_000,
    about: "SETTINGS frames a minute before the connection is closed.",
  },
} as const satisfies Record<string, Setting>;
