/** An upstream that may speak HTTP/2, and origins that do, under an authority of the test's own. */
import { readFileSync } from "node:fs";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import type { Server } from "node:tls";
import { afterAll, afterEach, beforeAll } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";
import { type Authority, authority } from "../origins/certificates.ts";
import { type RawHttp2Options, type RawHttp2Origin, rawHttp2Origin } from "./raw-http2-origin.ts";

type Change = Partial<UpstreamRequest<ByteBody>>;
type Answers = RawHttp2Options["onRequest"];

/** For origins that answer, on a machine that may be busy; and for those that do not. */
export const PATIENT = { connectMs: 5_000, firstByteMs: 5_000, betweenBytesMs: 5_000 };
export const SHORT = { ...PATIENT, firstByteMs: 300, betweenBytesMs: 300 };

/** Error codes (RFC 9113 §7). */
export const CODE = { none: 0, protocol: 1, internal: 2, refused: 7, cancel: 8, calm: 11, http1: 13 };
/** The head of an answer with nothing in it. */
export const OK = [[":status", "200"]] as const;

/** One upstream a test; origins as the test wants them. */
export interface Http2Harness {
  /** Key and certificate of `origin.test`, PEM. */
  readonly files: { readonly cert: string; readonly key: string };
  /** The origin of `listen`. */
  origin(): RawHttp2Origin | undefined;
  /** An origin that speaks frame by frame. */
  listen(onRequest: Answers, more?: Partial<RawHttp2Options>): Promise<void>;
  /** The port of a server of Node. */
  serve(server: Server): Promise<number>;
  serveStreams(onStream: (stream: ServerHttp2Stream, path: string, raw: string[]) => void): Promise<number>;
  fetch(change?: Change): Promise<UpstreamResult<ByteBody>>;
  /** The answer as one line: status and body, `cut` when the body broke, or the failure. */
  line(change?: Change): Promise<string>;
  /** Closes the upstream only: nothing more can be fetched. */
  destroyUpstream(): Promise<void>;
  /** Closes both, for another origin in the same test. */
  close(): Promise<void>;
}

/** Sets it up for a file of tests. */
export function http2Harness(): Http2Harness {
  let ours: Authority | undefined;
  const files = { cert: "", key: "" };
  let origin: RawHttp2Origin | undefined;
  let port = 1;
  let upstream = new NodeUpstream();
  const servers: Server[] = [];
  const makeUpstream = (): void => {
    upstream = new NodeUpstream({
      trustedAuthorities: [ours?.certificate ?? ""],
      resolveName: (_name, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
  };
  beforeAll(() => {
    ours = authority();
    const { certificateFile, keyFile } = ours.sign("origin.test");
    files.cert = readFileSync(certificateFile, "utf8");
    files.key = readFileSync(keyFile, "utf8");
    makeUpstream();
  });
  afterAll(() => ours?.remove());
  const harness: Http2Harness = {
    files,
    origin: () => origin,
    listen: async (onRequest, more = {}) => {
      origin = await rawHttp2Origin({ certificate: files.cert, key: files.key, onRequest, ...more });
      port = origin.port;
    },
    serve: async (server) => {
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      port = typeof address === "object" && address !== null ? address.port : 1;
      return port;
    },
    serveStreams: (onStream) => {
      const server = createSecureServer(files);
      server.on("stream", (stream: ServerHttp2Stream, headers, _flags, raw: string[]) => {
        stream.on("error", () => {});
        onStream(stream, `${headers[":path"]}`, raw);
      });
      return harness.serve(server);
    },
    fetch: (change = {}) => upstream.fetch({ ...ordinary(port), ...change }),
    line: async (change = {}) => {
      const result = await harness.fetch(change);
      if (result.kind === "failure") return result.failure;
      return `${result.head.status} ${await textOf(result.body).catch(() => "cut")}`;
    },
    destroyUpstream: () => upstream.destroy(),
    close: async () => {
      await upstream.destroy();
      await origin?.close();
      for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
      origin = undefined;
      makeUpstream();
    },
  };
  afterEach(() => harness.close());
  return harness;
}

function ordinary(port: number): UpstreamRequest<ByteBody> {
  return {
    to: { scheme: "https", host: "origin.test", port },
    ...{ method: "GET", target: "/a", fields: [["host", "site.example"]], body: undefined, allowPrivate: true },
    ...{ timeouts: PATIENT, http2: true, cancellation: new Cancellation() },
  };
}

/** A body to its end; fails when it is cut. */
export async function textOf(body: ByteBody | undefined): Promise<string> {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? "").toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
