/** Clients on kept connections that ask for one thing after the other, as fast as they are answered or at a steady rate. */
import { connect, type Socket } from "node:net";

/** What they saw. */
export interface KeptCounts {
  answered: number;
  readonly statuses: Record<string, number>;
  /** Connections that broke while an answer was due. */
  broken: number;
  slowestMs: number;
}

/** How they ask. */
export interface KeptOptions {
  readonly port: number;
  readonly connections: number;
  /** Field lines of each request, each with its CR LF. */
  readonly fields?: string;
  /** All clients together; absent: as fast as they are answered. */
  readonly requestsPerSecond?: number;
  /** The next target; undefined: it is enough. */
  next(): string | undefined;
}

const TICK_MS = 5;

/** Asks until there is nothing more to ask for. Every answer must have a Content-Length. */
export async function askKept(options: KeptOptions): Promise<KeptCounts> {
  const counts: KeptCounts = { answered: 0, statuses: {}, broken: 0, slowestMs: 0 };
  const everyMs =
    ((options.requestsPerSecond === undefined ? 0 : 1_000) * options.connections) / (options.requestsPerSecond ?? 1);
  const client = async (number: number): Promise<void> => {
    let dueMs = performance.now() + (everyMs * number) / options.connections;
    const line = new Line(options.port);
    for (let target = options.next(); target !== undefined; target = options.next()) {
      while (everyMs > 0 && performance.now() < dueMs) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      dueMs += everyMs;
      const startMs = performance.now();
      const status = await line.ask(`GET ${target} HTTP/1.1\r\nHost: load.example\r\n${options.fields ?? ""}\r\n`);
      counts.slowestMs = Math.max(counts.slowestMs, performance.now() - startMs);
      if (status === undefined) counts.broken += 1;
      else {
        counts.answered += 1;
        counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
      }
    }
    line.close();
  };
  await Promise.all(Array.from({ length: options.connections }, (_, number) => client(number)));
  return counts;
}

/** One connection, made again when it broke or was ended. */
class Line {
  readonly #port: number;
  #socket: Socket | undefined;
  #head = "";
  #bodyLeft: number | undefined;
  #settle: (status: string | undefined) => void = () => {};

  constructor(port: number) {
    this.#port = port;
  }

  /** The status; undefined when there was no whole answer. */
  ask(request: string): Promise<string | undefined> {
    this.#socket ??= this.#open();
    this.#head = "";
    this.#bodyLeft = undefined;
    const socket = this.#socket;
    return new Promise((resolve) => {
      this.#settle = resolve;
      socket.write(request, "latin1");
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect(this.#port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.#received(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#settle(undefined);
    });
    return socket;
  }

  #received(bytes: Buffer): void {
    let body = bytes.byteLength;
    if (this.#bodyLeft === undefined) {
      const before = this.#head.length;
      this.#head += bytes.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end === -1) return;
      body = before + bytes.byteLength - end - 4;
      this.#head = this.#head.slice(0, end);
      this.#bodyLeft = Number(/\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1]);
    }
    this.#bodyLeft -= body;
    if (this.#bodyLeft > 0) return;
    if (/\r\nconnection: close/i.test(this.#head)) this.#socket?.destroy();
    this.#settle(this.#head.slice(9, 12));
  }
}
