/**
 * The origin of the runs about collapsing, a program. Takes the length of /big. It answers /public and /private after
 * `?wait=` milliseconds, /big with its bytes, its tag and ranges, and says what it was asked at /asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { bigBytes } from "./big-body.ts";

const lengthBytes = Number(process.argv[2]);
const ETAG = '"big-1"';
const asked = { public: 0, private: 0, whole: 0, ranges: 0, boundRanges: 0, open: 0, bytes: 0 };

function answerSmall(name: "public" | "private", waitMs: number, response: ServerResponse): void {
  asked[name] += 1;
  const cacheControl = name === "public" ? "max-age=600" : "private";
  setTimeout(() => {
    response.writeHead(200, { "cache-control": cacheControl, "content-length": 5 });
    response.end("hello");
  }, waitMs);
}

function answerBig(request: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const isBound = request.headers["if-range"] === ETAG;
  const first = Number(range?.[1] ?? 0);
  const end = Math.min(lengthBytes, range === null || range[2] === "" ? lengthBytes : Number(range[2]) + 1);
  if (range === null) asked.whole += 1;
  else asked.ranges += 1;
  if (range !== null && isBound) asked.boundRanges += 1;
  response.writeHead(range === null ? 200 : 206, {
    "cache-control": "max-age=600",
    etag: ETAG,
    "content-length": end - first,
    ...(range !== null && { "content-range": `bytes ${first}-${end - 1}/${lengthBytes}` }),
  });
  asked.open += 1;
  response.on("close", () => {
    asked.open -= 1;
  });
  const blocks = bigBytes(end, first);
  const more = (): void => {
    while (!response.destroyed) {
      const { done, value } = blocks.next();
      if (done === true) return void response.end();
      asked.bytes += value.byteLength;
      if (!response.write(value)) return;
    }
  };
  response.on("drain", more);
  more();
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://origin.test");
  const waitMs = Number(url.searchParams.get("wait") ?? 0);
  if (url.pathname === "/asked") response.end(JSON.stringify(asked));
  else if (url.pathname === "/big") answerBig(request, response);
  else answerSmall(url.pathname === "/private" ? "private" : "public", waitMs, response);
});
server.keepAliveTimeout = 60_000;
server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`port ${address.port}`);
});
