/** A way to a port that can be made to swallow what goes over it, as a partition does: no reset, and connections stay half open. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** One way. */
export interface Way {
  readonly url: string;
  /** What is lost from now on, of open connections and of new ones. */
  swallow(lost: { readonly toControl: boolean; readonly toNode: boolean }): void;
  close(): void;
}

/** Opens one to a port of this machine. */
export async function wayTo(port: number): Promise<Way> {
  const sockets = new Set<Socket>();
  let lost = { toControl: false, toNode: false };
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(port, "127.0.0.1");
    join(near, far, () => lost.toControl);
    join(far, near, () => lost.toNode);
    near.resume();
  });
  const join = (from: Socket, to: Socket, isLost: () => boolean): void => {
    sockets.add(from);
    from.on("data", (bytes) => isLost() || to.write(bytes));
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      // A connection that lost bytes is dead: its end may be heard only when nothing is swallowed.
      if (!isLost()) to.destroy();
    });
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    swallow: (now) => {
      lost = now;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
