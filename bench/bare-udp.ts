/** A program that says every datagram back as a DNS response without an answer: what Node's sockets allow at most. Takes a port. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const port = Number(process.argv[2]);
const socket = createSocket("udp4");
const ignored = (): void => {};
socket.on("message", (bytes, from) => {
  bytes[2] = (bytes[2] ?? 0) | 0x80;
  socket.send(bytes, 0, bytes.length, from.port, from.address, ignored);
});
socket.bind(port, "127.0.0.1");
// Whoever starts it looks for an open port over TCP.
createServer((connection) => connection.destroy()).listen(port, "127.0.0.1");
