/** Requests to origins by the platform's fetch: no cache of its own in between, redirects relayed. */
import type { FieldLine } from "../../core/http/fields.ts";
import type { Upstream, UpstreamFailure, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { nativeStream } from "./native-stream.ts";
import { timedStream } from "./timed-stream.ts";
import { failureOfError, failureOfStatus } from "./upstream-failure.ts";

/** Names that the platform sets itself and refuses or ignores from us. */
const PLATFORM_FIELDS: ReadonlySet<string> = new Set(["host", "connection", "content-length", "transfer-encoding"]);

/** Codings that the platform undoes when a body is read: what we then hold is the plain representation. */
const UNDONE_CODINGS: ReadonlySet<string> = new Set(["gzip", "br"]);

/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** The upstream of Workers. What it cannot do (Host, connect-time address filter) is in docs/workers.md. */
export const fetchUpstream: Upstream<ByteBody> = {
  async fetch(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
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
  },
};

function failure(kind: UpstreamFailure, detail: string): UpstreamResult<ByteBody> {
  return { kind: "failure", failure: kind, detail };
}

function urlOf({ to, target }: UpstreamRequest<ByteBody>): string {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  return `${to.scheme}://${host}:${to.port}${target === "*" ? "/" : target}`;
}

function initOf({ method, fields, body }: UpstreamRequest<ByteBody>): RequestInit {
  const headers = new Headers();
  for (const [name, value] of fields) if (!PLATFORM_FIELDS.has(name)) headers.append(name, value);
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
  const { status, headers } = response;
  const failed = failureOfStatus(status);
  if (failed !== undefined) {
    void response.body?.cancel();
    return failure(failed, `the platform answered ${status} in the origin's place`);
  }
  const isBodiless = request.method === "HEAD" || BODILESS.has(status) || response.body === null;
  const body = isBodiless || response.body === null ? undefined : response.body;
  const timed = body && timedStream(body, request.timeouts.betweenBytesMs, request.cancellation);
  return { kind: "response", head: { status, fields: fieldsOf(headers) }, body: timed, closeDelimited: false };
}

function fieldsOf(headers: Headers): FieldLine[] {
  const coding = headers.get("content-encoding")?.trim().toLowerCase();
  const isUndone = coding !== undefined && UNDONE_CODINGS.has(coding);
  const lines: FieldLine[] = [];
  for (const [name, value] of headers) {
    if (isUndone && (name === "content-encoding" || name === "content-length")) continue;
    lines.push([name, value]);
  }
  return lines;
}
