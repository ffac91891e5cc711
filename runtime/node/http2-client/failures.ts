/** From the error codes of HTTP/2 (RFC 9113 §7) to the ports' words for a failed exchange. */
import { constants } from "node:http2";
import type { UpstreamFailure } from "../../../core/ports.ts";
import { FailureError } from "../upstream-failure.ts";

/** The peer wants HTTP/1.1 for this. */
export class Http1Required extends FailureError {
  constructor() {
    super("reset", "it wants HTTP/1.1");
  }
}

/** A stream of which it is certain that the request was not looked at (RFC 9113 §8.7). */
export class Unprocessed extends FailureError {
  constructor(detail: string) {
    super("refused", detail);
  }
}

const BY_CODE: Readonly<Record<number, UpstreamFailure>> = {
  // What the peer sent is no HTTP, or more than we take: these are our codes for it.
  [constants.NGHTTP2_PROTOCOL_ERROR]: "malformed",
  [constants.NGHTTP2_FLOW_CONTROL_ERROR]: "malformed",
  [constants.NGHTTP2_FRAME_SIZE_ERROR]: "malformed",
  [constants.NGHTTP2_COMPRESSION_ERROR]: "malformed",
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: "malformed",
};

/** Why a stream ended before its answer was whole. */
export function streamFailure(error: Error | undefined, code: number | undefined): FailureError {
  if (error instanceof FailureError) return error;
  const detail = error?.message ?? `the stream was closed with code ${code ?? 0}`;
  if (code === constants.NGHTTP2_HTTP_1_1_REQUIRED) return new Http1Required();
  if (code === constants.NGHTTP2_REFUSED_STREAM) return new Unprocessed(detail);
  // nghttp2's word for a peer that breaks the rules of the connection.
  const broke = error !== undefined && "code" in error && error.code === "ERR_HTTP2_ERROR";
  return new FailureError(broke ? "malformed" : (BY_CODE[code ?? 0] ?? "reset"), detail);
}
