/** Requests to origins by the platform's fetch: no cache of its own in between, redirects relayed. */
import type { FieldLine } from "../../core/http/fields.ts";
import type { Upstream, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";

/** Names that the platform sets itself and refuses or ignores from us. */
const PLATFORM_FIELDS: ReadonlySet<string> = new Set(["host", "connection", "content-length", "transfer-encoding"]);

/** The upstream of Workers. What it cannot do (Host, connect-time address filter) is in docs/workers.md. */
export const fetchUpstream: Upstream<ByteBody> = {
  async fetch(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
    const abort = new AbortController();
    const stopListening = request.cancellation.onCancel(() => abort.abort("cancelled"));
    const timer = setTimeout(() => abort.abort("first-byte-timeout"), request.timeouts.firstByteMs);
    try {
      const response = await fetch(urlOf(request), { ...initOf(request), signal: abort.signal });
      return responseOf(response);
    } catch (error) {
      const failure = request.cancellation.cancelled
        ? "cancelled"
        : abort.signal.aborted
          ? "first-byte-timeout"
          : "refused";
      return { kind: "failure", failure, detail: String(error) };
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  },
};

function urlOf({ to, target }: UpstreamRequest<ByteBody>): string {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  return `${to.scheme}://${host}:${to.port}${target}`;
}

function initOf(request: UpstreamRequest<ByteBody>): RequestInit {
  const headers = new Headers();
  for (const [name, value] of request.fields) if (!PLATFORM_FIELDS.has(name)) headers.append(name, value);
  const { body } = request;
  const stream = body === undefined || body instanceof Uint8Array ? body : ReadableStream.from(body);
  return {
    method: request.method,
    headers,
    redirect: "manual",
    cache: "no-store",
    ...(stream !== undefined && { body: body instanceof ReadableStream ? body : stream }),
  };
}

function responseOf(response: Response): UpstreamResult<ByteBody> {
  const fields: FieldLine[] = [];
  for (const [name, value] of response.headers) fields.push([name, value]);
  if (response.status < 200 || response.status > 599) {
    return { kind: "failure", failure: "malformed", detail: `status ${response.status}` };
  }
  const head = { status: response.status, fields };
  return { kind: "response", head, body: response.body ?? undefined, closeDelimited: false };
}
