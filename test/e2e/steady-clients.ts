/** Clients that ask at a steady rate, on kept connections and on new ones, and count every request that fails. */
import { connect, type Socket } from "node:net";

/** What they saw. */
export interface SteadyCounts {
  answered: number;
  /** Requests without a whole 200, by what happened instead. None is tried again. */
  readonly failed: Record<string, number>;
  connections: number;
  slowestMs: number;
}

/** How they ask. */
export interface SteadyOptions {
  readonly port: number;
  readonly requestsPerSecond: number;
  /** Clients with a kept connection each; together they make all requests but those of the others. */
  readonly kept: number;
  /** Requests of each second that come on a connection of their own. */
  readonly freshPerSecond: number;
}

/** Begins; `stop` waits for the last answers and says what was seen. */
export function steadyClients(options: SteadyOptions): {
  stop(): Promise<SteadyCounts>;
  readonly counts: SteadyCounts;
} {
  const counts: SteadyCounts = { answered: 0, failed: {}, connections: 0, slowestMs: 0 };
  const waiting = new Set<Promise<void>>();
  const ask = async (visitor: Visitor): Promise<void> => {
    const startMs = performance.now();
    const problem = await visitor.ask();
    counts.slowestMs = Math.max(counts.slowestMs, performance.now() - startMs);
    if (problem === undefined) counts.answered += 1;
    else counts.failed[problem] = (counts.failed[problem] ?? 0) + 1;
  };
  const track = (asked: Promise<void>): void => {
    waiting.add(asked);
    void asked.finally(() => waiting.delete(asked));
  };
  const visitors = Array.from({ length: options.kept }, () => new Visitor(options.port, "keep-alive", counts));
  const keptEveryMs = 1_000 / (options.requestsPerSecond - options.freshPerSecond);
  let turn = 0;
  const kept = paced(keptEveryMs, () => {
    const visitor = visitors[turn % visitors.length];
    turn += 1;
    // One that still waits is passed over: its request is late, not lost.
    if (visitor !== undefined && !visitor.busy) track(ask(visitor));
  });
  const fresh = paced(1_000 / options.freshPerSecond, () => track(ask(new Visitor(options.port, "close", counts))));
  return {
    counts,
    stop: async () => {
      kept();
      fresh();
      await Promise.all(waiting);
      for (const visitor of visitors) visitor.leave();
      return counts;
    },
  };
}

/** Calls `action` at a steady rate, catching up after a pause of this process; returns how to stop. */
function paced(everyMs: number, action: () => void): () => void {
  let dueMs = performance.now();
  const timer = setInterval(() => {
    for (const nowMs = performance.now(); dueMs <= nowMs; dueMs += everyMs) action();
  }, 2);
  return () => clearInterval(timer);
}

const ANSWER_WITHIN_MS = 10_000;

class Visitor {
  readonly #port: number;
  readonly #connection: "keep-alive" | "close";
  readonly #counts: SteadyCounts;
  #socket: Socket | undefined;
  #received = "";
  #settle: ((problem: string | undefined) => void) | undefined;

  constructor(port: number, connection: "keep-alive" | "close", counts: SteadyCounts) {
    this.#port = port;
    this.#connection = connection;
    this.#counts = counts;
  }

  get busy(): boolean {
    return this.#settle !== undefined;
  }

  /** Asks once; what is returned is the problem, if there was one. */
  ask(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#done("no answer in time"), ANSWER_WITHIN_MS);
      this.#settle = (problem) => {
        clearTimeout(late);
        resolve(problem);
      };
      this.#socket ??= this.#open();
      this.#socket.write(`GET /page HTTP/1.1\r\nHost: a.example\r\nConnection: ${this.#connection}\r\n\r\n`);
    });
  }

  leave(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    this.#counts.connections += 1;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.on("data", (chunk) => this.#take(chunk.toString("latin1")));
    const gone = (why: string) => (): void => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#done(`${why} ${this.#received === "" ? "before the answer" : "within the answer"}`);
    };
    socket.on("error", (error: NodeJS.ErrnoException) => gone(error.code ?? "error")());
    socket.on("end", gone("end"));
    socket.on("close", gone("close"));
    return socket;
  }

  #take(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (this.#received.length < headEnd + 4 + length) return;
    const status = head.slice(9, 12);
    if (this.#connection === "close" || /\r\nconnection: close/i.test(head)) {
      const socket = this.#socket;
      this.#socket = undefined;
      socket?.end();
    }
    this.#done(status === "200" ? undefined : `status ${status}`);
  }

  #done(problem: string | undefined): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#received = "";
    settle?.(problem);
  }
}
