/**
 * Addresses that tell the edges of `antipode dev --dns` apart: 127.0.1.1, 127.0.1.2 … each leads, on the router's port, to its
 * edge. So a name that is resolved through the router and opened is served by the edge that DNS has chosen, not by the router.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { CommandFailure } from "../args.ts";

/** The address of an edge, by its number in the list of places. */
export function placeAddress(index: number): string {
  return `127.0.1.${index + 1}`;
}

/** Open addresses. */
export interface PlaceAddresses {
  close(): void;
}

/** Opens one for each edge. Fails when this system has them not, or something listens there. */
export async function openPlaceAddresses(routerPort: number, edgePorts: readonly number[]): Promise<PlaceAddresses> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const close = (): void => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
  for (const [index, port] of edgePorts.entries()) {
    const host = placeAddress(index);
    const server = createServer((client) => {
      const edge = connect(port, "127.0.0.1");
      for (const socket of [client, edge]) {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
      }
      pipeline(client, edge, client, () => {});
    });
    servers.push(server);
    try {
      server.listen({ host, port: routerPort });
      await once(server, "listening");
    } catch (error) {
      close();
      throw new CommandFailure(
        `--dns gives each edge an address of its own, and ${host}:${routerPort} cannot be had: ${error}`,
      );
    }
  }
  return { close };
}
