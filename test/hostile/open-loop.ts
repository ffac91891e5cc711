/**
 * Many clients that ask at a given rate whatever becomes of the answers, as a crowd does. Times count from when a request
 * was due. One that finds all connections waiting for answers is lost: a crowd does not queue.
 */
import { connect, type Socket } from "node:net";

/** What may become of a request: an answer with this status, none in the end, a broken connection, or no free one. */
export type Fate = number | "given-up" | "broken" | "no-connection";

/** One request that is over. */
export interface Asked {
  readonly kind: string;
  readonly fate: Fate;
  readonly dueMs: number;
  /** From when it was due to the end of its answer. */
  readonly tookMs: number;
}

interface Due {
  readonly kind: string;
  readonly path: string;
  readonly dueMs: number;
}

/** Nobody waits for an answer that comes later. */
export const PATIENCE_MS = 1_000;
const TICK_MS = 1;

/** A fixed number of kept connections to one port, and those who wait for one of them. */
export class Crowd {
  readonly #next: () => { readonly kind: string; readonly path: string };
  readonly #free: Line[] = [];
  readonly #lines: Line[] = [];
  #asked: Asked[] = [];
  #closedLoop = false;

  constructor(port: number, connections: number, next: () => { readonly kind: string; readonly path: string }) {
    this.#next = next;
    for (let index = 0; index < connections; index += 1) {
      const line = new Line(port, `127.1.${index >> 8}.${index & 255}`, () => this.#freed(line));
      this.#lines.push(line);
      this.#free.push(line);
    }
  }

  /** Asks so many a second for so long; what became of all of them. */
  async open(requestsPerSecond: number, forMs: number, signal: AbortSignal): Promise<readonly Asked[]> {
    const startMs = performance.now();
    let sent = 0;
    for (let nowMs = startMs; nowMs - startMs < forMs && !signal.aborted; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) * requestsPerSecond) / 1_000);
      for (; sent < due; sent += 1) this.#send(startMs + (sent * 1_000) / requestsPerSecond);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    return await this.#settled();
  }

  /** Each of the first `clients` connections asks again as soon as it has its answer. */
  async closed(clients: number, forMs: number): Promise<readonly Asked[]> {
    this.#closedLoop = true;
    const idle = this.#free.splice(0, this.#free.length - clients);
    for (const line of this.#free.splice(0)) this.#freed(line);
    await new Promise((resolve) => setTimeout(resolve, forMs));
    this.#closedLoop = false;
    const asked = await this.#settled();
    this.#free.push(...idle);
    return asked;
  }

  leave(): void {
    for (const line of this.#lines) line.leave();
  }

  #freed(line: Line): void {
    if (this.#closedLoop) line.ask({ ...this.#next(), dueMs: performance.now() }, this.#over);
    else this.#free.push(line);
  }

  readonly #over = (asked: Asked): void => {
    this.#asked.push(asked);
  };

  #send(dueMs: number): void {
    const due = { ...this.#next(), dueMs };
    const line = this.#free.shift();
    if (line === undefined) this.#asked.push({ kind: due.kind, fate: "no-connection", dueMs, tookMs: 0 });
    else line.ask(due, this.#over);
  }

  /** The end of what is under way, within reason. */
  async #settled(): Promise<readonly Asked[]> {
    const endMs = performance.now() + PATIENCE_MS;
    while (performance.now() < endMs && this.#lines.some((line) => line.busy)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const line of this.#lines) line.giveUp();
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }
}

/** One connection; opened again when it is needed. */
class Line {
  readonly #port: number;
  readonly #localAddress: string;
  readonly #freed: () => void;
  #socket: Socket | undefined;
  #due: Due | undefined;
  #over: ((asked: Asked) => void) | undefined;
  #head = "";
  #missing = -1;
  #status = 0;
  #closes = false;

  constructor(port: number, localAddress: string, freed: () => void) {
    this.#port = port;
    this.#localAddress = localAddress;
    this.#freed = freed;
  }

  get busy(): boolean {
    return this.#due !== undefined;
  }

  ask(due: Due, over: (asked: Asked) => void): void {
    this.#due = due;
    this.#over = over;
    this.#socket ??= this.#open();
    this.#socket.write(`GET ${due.path} HTTP/1.1\r\nHost: a.example\r\nUser-Agent: crowd\r\nAccept: */*\r\n\r\n`);
  }

  giveUp(): void {
    if (this.#due !== undefined) this.#broken("given-up");
  }

  leave(): void {
    this.#due = undefined;
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({
      ...{ port: this.#port, host: "127.0.0.1", localAddress: this.#localAddress, noDelay: true },
    });
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#broken("broken");
    });
    return socket;
  }

  #broken(fate: "given-up" | "broken"): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#end(fate);
  }

  #take(chunk: Buffer): void {
    if (this.#missing >= 0) this.#missing -= chunk.length;
    else {
      const text = this.#head + chunk.toString("latin1");
      const headEnd = text.indexOf("\r\n\r\n");
      this.#head = headEnd === -1 ? text : "";
      if (headEnd === -1) return;
      const head = text.slice(0, headEnd);
      this.#status = Number(head.slice(9, 12));
      this.#closes = /\r\nconnection: close/i.test(head);
      this.#missing = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0) - (text.length - headEnd - 4);
    }
    if (this.#missing > 0) return;
    if (this.#closes) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    this.#end(this.#status);
  }

  #end(fate: Fate): void {
    this.#missing = -1;
    this.#head = "";
    const due = this.#due;
    if (due === undefined) return;
    this.#due = undefined;
    this.#over?.({ kind: due.kind, fate, dueMs: due.dueMs, tookMs: performance.now() - due.dueMs });
    this.#freed();
  }
}
