/** For tests and fuzzing of connections: a socket without a network, fed and read byte by byte. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** The far end of a fake socket. */
export interface FakeSocket {
  readonly socket: Socket;
  /** Everything written so far. */
  written(): string;
  /** Gives bytes to the connection. */
  give(bytes: Buffer): void;
  readonly closed: boolean;
}

/** Makes one; what is written has left at once. */
export function fakeSocket(): FakeSocket {
  let written = "";
  const duplex = new Duplex({
    allowHalfOpen: true,
    decodeStrings: true,
    read: () => {},
    write: (chunk: Buffer, _encoding, callback) => {
      written += chunk.toString("latin1");
      callback();
    },
  });
  const extras = { remoteAddress: "192.0.2.1", resetAndDestroy: () => duplex.destroy(), setTimeout: () => duplex };
  // It is a Socket as far as a Connection looks.
  const socket = Object.assign(duplex, extras) as unknown as Socket;
  return {
    socket,
    written: () => written,
    give: (bytes) => {
      if (!duplex.destroyed) duplex.push(bytes);
    },
    get closed() {
      return duplex.destroyed || duplex.writableEnded;
    },
  };
}
