/**
 * An origin that can do only so much: a program of its own, so that it can be killed, stopped and started again. Each request
 * takes one of a few places for a while; those without a place wait, and are worked on even when nobody wants them any
 * more, as in most servers. `node fragile-origin.ts PORT PLACES SERVICE_MS`
 */
import { createServer, type ServerResponse } from "node:http";

const [port = 0, places = 1, serviceMs = 1] = process.argv.slice(2).map(Number);
const waiting: (() => void)[] = [];
let busy = 0;

function work(url: string, response: ServerResponse): void {
  busy += 1;
  setTimeout(() => {
    busy -= 1;
    const isCached = url.startsWith("/kept/");
    response.setHeader("cache-control", isCached ? "max-age=5, stale-if-error=86400" : "no-store");
    response.setHeader("etag", '"1"');
    response.end(`page ${url}`);
    waiting.shift()?.();
  }, serviceMs);
}

const server = createServer((request, response) => {
  const begin = (): void => work(request.url ?? "/", response);
  if (busy < places) begin();
  else waiting.push(begin);
});
server.keepAliveTimeout = 60_000;
server.listen(port, "127.0.0.1", () => process.stdout.write("listening\n"));
