/** What sockets of Node can do at most: no parsing, one constant written per piece received. Not HTTP; takes a port. */
import { createServer } from "node:net";

const head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=600\r\nContent-Length: 1024\r\n\r\n";
const answer = Buffer.from(head + "x".repeat(1_024));
createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (chunk.includes("\r\n\r\n")) socket.write(answer);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
