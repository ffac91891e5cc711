/** An origin that fails at random, but only those who have a copy: whoever asks anew gets the whole. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { seededRandom } from "../hostile/mutate.ts";

/** What it does instead of confirming a copy. */
export const ORIGIN_FAULTS = ["reset", "500", "503", "slow", "malformed", "cut", "changed"] as const;

/** One of these. */
export type OriginFault = (typeof ORIGIN_FAULTS)[number];

/** How it is made. */
export interface FaultyOriginOptions {
  readonly seed: number;
  /** Of the requests of those who have a copy. */
  readonly faultShare: number;
  readonly bodyBytes: number;
  readonly cacheControl: string;
}

/** It runs. */
export interface FaultyOrigin {
  readonly port: number;
  /** What it did how often. */
  readonly counts: Record<OriginFault | "whole" | "not-modified", number>;
  stop(): void;
}

const SLOW_MS = 1_500;

/** Starts one on a free port. */
export async function faultyOrigin(options: FaultyOriginOptions): Promise<FaultyOrigin> {
  const random = seededRandom(options.seed);
  const body = Buffer.alloc(options.bodyBytes, "x");
  const none = { reset: 0, "500": 0, "503": 0, slow: 0, malformed: 0, cut: 0, changed: 0 };
  const counts: FaultyOrigin["counts"] = { ...none, whole: 0, "not-modified": 0 };
  const fields = (etag: string) => ({ "cache-control": options.cacheControl, etag });
  const whole = (response: ServerResponse, etag: string): void => {
    response.writeHead(200, { ...fields(etag), "content-type": "text/plain", "content-length": body.byteLength });
    response.end(body);
  };
  const confirm = (response: ServerResponse, etag: string): void => {
    response.writeHead(304, fields(etag)).end();
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const etag = request.headers["if-none-match"];
    const does = etag === undefined ? "whole" : chosen(random, options.faultShare);
    counts[does] += 1;
    if (etag === undefined) whole(response, `"${counts.whole}"`);
    else if (does === "not-modified") confirm(response, etag);
    else if (does === "slow") setTimeout(confirm, SLOW_MS, response, etag);
    else if (does === "changed") whole(response, `"c${counts.changed}"`);
    else fail(does, response, body);
  });
  const port = await listening(server);
  return {
    port,
    counts,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function chosen(random: () => number, faultShare: number): OriginFault | "not-modified" {
  if (random() >= faultShare) return "not-modified";
  return ORIGIN_FAULTS[Math.floor(random() * ORIGIN_FAULTS.length)] ?? "reset";
}

function fail(how: OriginFault | "whole", response: ServerResponse, body: Buffer): void {
  const { socket } = response;
  if (how === "500" || how === "503") response.writeHead(Number(how), { "content-length": 0 }).end();
  else if (how === "malformed") socket?.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
  else if (how === "cut") {
    response.writeHead(200, { "content-length": body.byteLength, "cache-control": "max-age=60" });
    response.write(body.subarray(0, body.byteLength / 2), () => socket?.destroy());
  } else socket?.resetAndDestroy();
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
