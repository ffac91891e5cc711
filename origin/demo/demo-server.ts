/** The demo origin as an HTTP server: routes a request to a resource or to one of the small JSON answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, answerResource } from "./answer.ts";
import type { Site } from "./site.ts";

/** What a demo server is made of; a test gives a shorter `slowMs`. */
export interface DemoOptions {
  readonly site: Site;
  readonly nowMs: () => number;
  /** How long `/slow` takes. */
  readonly slowMs: number;
}

const ALLOWED = "GET, HEAD, OPTIONS";
const SECURITY_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
} as const;
/** A drawing may style itself; opened on its own it can do nothing else. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** Makes the server; the caller listens and closes. */
export function createDemoServer(options: DemoOptions): Server {
  const startedAtMs = options.nowMs();
  let requests = 0;
  return createServer((request, response) => {
    // The question how often it was asked does not count, or looking would change the answer.
    if (pathOf(request) !== "/api/origin") requests += 1;
    const stats = { requests, sinceSeconds: Math.round((options.nowMs() - startedAtMs) / 1000) };
    route(request, options, stats).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    );
  });
}

interface Stats {
  readonly requests: number;
  readonly sinceSeconds: number;
}

async function route(request: IncomingMessage, options: DemoOptions, stats: Stats): Promise<Answer> {
  const method = request.method ?? "GET";
  request.resume();
  if (method === "OPTIONS") return { status: 204, headers: { Allow: ALLOWED, "Cache-Control": "no-store" }, body: [] };
  if (method !== "GET" && method !== "HEAD") return notAllowed();
  const path = pathOf(request);
  const made = madePerRequest(path, request, options, stats);
  if (made !== undefined) return method === "HEAD" ? { ...made, body: [] } : made;
  if (path === "/slow") await delay(options.slowMs);
  return answerResource(options.site.resources.get(path) ?? options.site.notFound, {
    method,
    headers: request.headers,
  });
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

/** Answers that differ from request to request. */
function madePerRequest(
  path: string,
  request: IncomingMessage,
  options: DemoOptions,
  stats: Stats,
): Answer | undefined {
  const nowMs = options.nowMs();
  switch (path) {
    case "/api/time":
      return json({ now: new Date(nowMs).toISOString(), epochMs: nowMs }, "public, max-age=5");
    case "/api/me":
      return json(whoAsks(request), "private, max-age=0");
    case "/api/origin":
      return json(stats, "no-store");
    case "/index.html":
      return {
        status: 301,
        headers: { Location: "/", "Cache-Control": "public, max-age=3600", "Content-Length": "0" },
        body: [],
      };
    default:
      return undefined;
  }
}

function whoAsks(request: IncomingMessage): Record<string, unknown> {
  const name = /(?:^|;\s*)name=([^;]{1,64})/.exec(request.headers.cookie ?? "")?.[1];
  return {
    hello: name ?? "stranger",
    forwardedFor: request.headers["x-forwarded-for"] ?? null,
    via: request.headers.via ?? null,
    userAgent: request.headers["user-agent"] ?? null,
  };
}

function json(value: unknown, cacheControl: string): Answer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`, "utf8");
  const headers = {
    "Content-Type": "application/json",
    "Cache-Control": cacheControl,
    "Content-Length": String(body.length),
  };
  return { status: 200, headers, body: [body] };
}

function notAllowed(): Answer {
  const body = Buffer.from("This site can only be read.\n", "utf8");
  const headers = {
    Allow: ALLOWED,
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Length": String(body.length),
  };
  return { status: 405, headers, body: [body] };
}

function send(response: ServerResponse, answer: Answer): void {
  const drawing = answer.headers["Content-Type"] === "image/svg+xml";
  const policy = drawing ? { "Content-Security-Policy": SVG_POLICY } : {};
  response.writeHead(answer.status, { ...SECURITY_HEADERS, ...policy, ...answer.headers });
  // An error here means that the client left: nothing is owed to it.
  pipeline(Readable.from(answer.body, { objectMode: true, highWaterMark: 4 }), response, () => {});
}
