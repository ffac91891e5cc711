/** What node:http alone does: the same answer from a constant, for comparison. Takes a port. */
import { createServer } from "node:http";

const body = Buffer.alloc(1_024, "x");
createServer((_request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain", "Cache-Control": "max-age=600", "Content-Length": 1_024 });
  response.end(body);
}).listen(Number(process.argv[2]), "127.0.0.1");
