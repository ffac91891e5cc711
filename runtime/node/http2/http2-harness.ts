/** A listener with TLS and HTTP/2 clients of it, for tests. */
import { mkdtempSync, readFileSync } from "node:fs";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Handler, Sent } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { ListenOptions } from "../http1/listener-options.ts";
import { type Listener, listen } from "../http1/server.ts";
import { ServerCertificate } from "../tls/server-certificate.ts";

/** Where certificates are. */
export const folder = mkdtempSync(join(tmpdir(), "antipode-http2-"));
/** A file of this test. */
export const file = (name: string) => join(folder, name);
/** What a client may do. */
export const HTTP2 = {
  ...{ http2StreamsMax: 10, http2StreamWindowBytes: 65_535, http2ConnectionWindowBytes: 1_048_576 },
  ...{ http2ResetsPerMinuteMax: 20, http2PingsPerMinuteMax: 10, http2SettingsPerMinuteMax: 5, http2IdleMs: 60_000 },
};
/** What is closed after each test. */
export const open: { close(graceMs: number): Promise<void> }[] = [];
/** Clients that are ended after each test. */
export const sessions: ClientHttp2Session[] = [];
/** Bugs that the listener has told of. */
export const errors: unknown[] = [];

/** An answer of a role. */
export const ok = (body: ByteBody | undefined, sent: (how: Sent) => void = () => {}) => ({
  head: {
    status: 200,
    fields: [
      ["content-type", "text/plain"],
      ["connection", "close"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ] as const,
  },
  body,
  sent,
});

/** Listens. */
export async function start(
  handler: Handler<ByteBody>,
  more: Partial<ListenOptions> = {},
  tls: object = {},
): Promise<Listener> {
  const certificate = new ServerCertificate({ certFile: file("a.pem"), keyFile: file("a.key") }, Date.now());
  const listener = await listen({
    ...{ host: "127.0.0.1", port: 0, handler, onError: (error: unknown) => errors.push(error) },
    tls: {
      ...{ certificate, handshakeTimeoutMs: 5_000, handshakesPerIpPerSecondMax: 0, handshakesPerIpBurst: 1 },
      ...{ http2: HTTP2, tell: () => {}, ...tls },
    },
    ...more,
  });
  open.push(listener);
  return listener;
}

/** Connects. */
export function dial({ address }: Listener, more: SecureClientSessionOptions = {}): ClientHttp2Session {
  const session = connect(`https://a.test:${address.port}`, {
    ...{ host: "127.0.0.1", servername: "a.test", ca: readFileSync(file("a.pem")) },
    lookup: (_host: string, _options: object, done: (error: null, address: string, family: number) => void) =>
      done(null, "127.0.0.1", 4),
    ...more,
  });
  session.on("error", () => {});
  sessions.push(session);
  return session;
}

/** What came of a request. */
export async function answered(stream: ClientHttp2Stream) {
  stream.on("error", () => {});
  let headers: Record<string, unknown> = {};
  stream.on("response", (received) => {
    headers = received;
  });
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  await new Promise((resolve) => stream.on("close", resolve));
  return { status: headers[":status"], headers, body: Buffer.concat(parts).toString(), code: stream.rstCode };
}

/** A whole body. */
export async function bodyText(body: ByteBody | undefined): Promise<string> {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? "").toString();
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Asks for something. */
export const get = (session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}) =>
  answered(session.request({ ":authority": "a.test", ...headers }));
