/** A way for connections that can be cut: then those that are there break, and new ones are accepted and get no answer. */
import { connect, createServer, type Socket } from "node:net";

/** One way. */
export interface CuttablePath {
  readonly url: string;
  cut(): void;
  heal(): void;
  close(): void;
}

/** Opens a way to an http URL. */
export async function cuttablePath(to: string): Promise<CuttablePath> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    sockets.add(near);
    near.on("error", () => {});
    near.on("close", () => sockets.delete(near));
    if (isCut) return;
    const far = connect({ host: hostname, port: Number(port) });
    far.on("error", () => near.destroy());
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`,
    cut: () => {
      isCut = true;
      breakAll();
    },
    heal: () => {
      isCut = false;
      breakAll();
    },
    close: () => {
      breakAll();
      server.close();
    },
  };
}
