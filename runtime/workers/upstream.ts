/** Requests to origins by the platform's fetch: no cache of its own in between, redirects relayed. */

import { type Fields, withoutFields } from "../../core/http/fields.ts";
import { guardResponse } from "../../core/http/guard-response.ts";
import { isSafeMethod } from "../../core/http/methods.ts";
import type { Upstream, UpstreamFailure, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { fieldsOf, headersOf } from "./header-text.ts";
import { nativeStream } from "./native-stream.ts";
import { timedStream } from "./timed-stream.ts";
import { failureOfError, failureOfStatus } from "./upstream-failure.ts";

/** Names that the platform sets itself and refuses or ignores from us. */
const PLATFORM_FIELDS: ReadonlySet<string> = new Set(["host", "connection", "content-length", "transfer-encoding"]);

/** Codings that the platform undoes when a body is read: what we then hold is the plain representation. */
const UNDONE_CODINGS: ReadonlySet<string> = new Set(["gzip", "br"]);

/** What describes the coded bytes, and goes with the coding. */
const CODED_FIELDS: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/** The upstream of Workers. What it cannot do (Host, connect-time address filter) is in docs/workers.md. */
export const fetchUpstream: Upstream<ByteBody> = {
  async fetch(request) {
    const result = await fetchOnce(request);
    const wasReset = result.kind === "failure" && result.failure === "reset";
    // The platform keeps connections, and does not say that one broke which the origin had closed already.
    const last = wasReset && mayRepeat(request) ? await fetchOnce(request) : result;
    // The platform bounds connections itself; a body on its way takes no room of ours.
    request.onOver?.();
    return last;
  },
};

async function fetchOnce(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
  if (request.cancellation.cancelled) return failure("cancelled", "before it was sent");
  const abort = new AbortController();
  const stopListening = request.cancellation.onCancel(() => abort.abort());
  // The platform does not tell connecting from waiting.
  const timer = setTimeout(() => abort.abort(), request.timeouts.connectMs + request.timeouts.firstByteMs);
  try {
    const response = await fetch(urlOf(request), { ...initOf(request), signal: abort.signal });
    return resultOf(response, request);
  } catch (error) {
    if (request.cancellation.cancelled) return failure("cancelled", String(error));
    return failure(abort.signal.aborted ? "first-byte-timeout" : failureOfError(error), String(error));
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

function mayRepeat({ method, body, cancellation }: UpstreamRequest<ByteBody>): boolean {
  return isSafeMethod(method) && body === undefined && !cancellation.cancelled;
}

function failure(kind: UpstreamFailure, detail: string): UpstreamResult<ByteBody> {
  return { kind: "failure", failure: kind, detail };
}

function urlOf({ to, target }: UpstreamRequest<ByteBody>): string {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  return `${to.scheme}://${host}:${to.port}${target === "*" ? "/" : target}`;
}

function initOf({ method, fields, body }: UpstreamRequest<ByteBody>): RequestInit {
  const headers = headersOf(withoutFields(fields, PLATFORM_FIELDS));
  // A part of a coded body could not be decoded.
  if (headers.has("range")) headers.set("accept-encoding", "identity");
  return {
    method,
    headers,
    redirect: "manual",
    // Not `cache: "no-store"`: that sends Cache-Control: no-cache to the origin.
    cf: { cacheTtlByStatus: { "100-599": -1 } },
    ...(body !== undefined && { body: body instanceof Uint8Array ? body : nativeStream(body) }),
  };
}

function resultOf(response: Response, request: UpstreamRequest<ByteBody>): UpstreamResult<ByteBody> {
  const { status, body } = response;
  const refuse = (kind: UpstreamFailure, detail: string): UpstreamResult<ByteBody> => {
    void body?.cancel();
    return failure(kind, detail);
  };
  const failed = failureOfStatus(status);
  if (failed !== undefined) return refuse(failed, `the platform answered ${status} in the origin's place`);
  const fields = fieldsOf(response.headers);
  const verdict = guardResponse(request.method, status, fields, request.oddCodings);
  if (verdict.kind === "malformed") return refuse("malformed", verdict.detail);
  const isRead = verdict.hasBody && body !== null;
  if (!isRead) void body?.cancel();
  return {
    kind: "response",
    head: { status, fields: plainFields(fields) },
    body: isRead ? timedStream(body, request.timeouts.betweenBytesMs, request.cancellation) : undefined,
    closeDelimited: isRead && verdict.closeDelimited,
  };
}

/** The fields of what the platform gives us to read. */
function plainFields(fields: Fields): Fields {
  const coding = fields.find(([name]) => name === "content-encoding")?.[1].toLowerCase();
  return coding !== undefined && UNDONE_CODINGS.has(coding) ? withoutFields(fields, CODED_FIELDS) : fields;
}
