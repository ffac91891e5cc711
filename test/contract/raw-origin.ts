/** An origin that says exactly the bytes it is told to: for answers that no HTTP library would send. */
import { createServer, type Server, type Socket } from "node:net";

/** What one connection of a raw origin shows the test. */
export interface RawExchange {
  readonly socket: Socket;
  /** Everything received on this connection so far. */
  received(): string;
  /** Counted from 1. */
  readonly connection: number;
  /** How many requests (heads) this connection has seen. */
  readonly requests: number;
}

/** A listening raw origin. */
export interface RawOrigin {
  readonly port: number;
  connections(): number;
  /** Requests seen on all connections. */
  requests(): number;
  close(): Promise<void>;
}

/** Listens on loopback; `answer` runs whenever a request's head is complete. */
export async function rawOrigin(answer: (exchange: RawExchange) => void): Promise<RawOrigin> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let requests = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    let received = "";
    let heads = 0;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      const seen = received.split("\r\n\r\n").length - 1;
      while (heads < seen) {
        heads += 1;
        requests += 1;
        answer({ socket, received: () => received, connection, requests: heads });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    connections: () => connections,
    requests: () => requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
