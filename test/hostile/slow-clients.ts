/** Clients that hold a connection and do next to nothing with it (FAULTS L01–L04). */
import { connect, type Socket } from "node:net";

/** What a slow client does slowly. */
export type Slowness = "silent" | "slow-head" | "slow-body" | "slow-reader";

/** A slow client, and how long it was let live. */
export interface SlowClient {
  readonly kind: Slowness;
  /** Undefined as long as it is connected. */
  closedAfterMs(): number | undefined;
  stop(): void;
}

const HEAD = "HTTP/1.1\r\nHost: a.example\r\n";
const OPENING: Readonly<Record<Slowness, string>> = {
  silent: "",
  "slow-head": `GET /slow ${HEAD}`,
  "slow-body": `POST /slow ${HEAD}Content-Length: 100000\r\n\r\n`,
  "slow-reader": `GET /file ${HEAD}\r\n`,
};
const TRICKLE: Readonly<Record<Slowness, string>> = {
  silent: "",
  "slow-head": "X-A: b\r\n",
  "slow-body": "x",
  "slow-reader": "",
};
const TRICKLE_EVERY_MS = 1_000;

/** Opens one from the given loopback address. */
export function slowClient(kind: Slowness, port: number, localAddress: string): SlowClient {
  const startMs = performance.now();
  let closedAfterMs: number | undefined;
  const socket: Socket = connect({ port, host: "127.0.0.1", localAddress });
  const trickle = setInterval(() => TRICKLE[kind] !== "" && socket.write(TRICKLE[kind]), TRICKLE_EVERY_MS);
  const gone = (): void => {
    closedAfterMs ??= performance.now() - startMs;
    clearInterval(trickle);
  };
  socket.on("connect", () => {
    if (OPENING[kind] !== "") socket.write(OPENING[kind]);
    if (kind === "slow-reader") readSlowly(socket);
    else socket.resume();
  });
  // What is said to a slow client before it is cut is not read by one that does not read.
  socket.on("error", gone);
  socket.on("end", gone);
  socket.on("close", gone);
  return {
    kind,
    closedAfterMs: () => closedAfterMs,
    stop: () => {
      clearInterval(trickle);
      socket.destroy();
    },
  };
}

/** A reader who does not read is not told that it was cut, so it tries to write. */
function readSlowly(socket: Socket): void {
  socket.pause();
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write("\r\n");
  }, 2_000);
  socket.once("close", () => clearInterval(timer));
}

/** A reader of `/file` on a slow line, who takes all that the line gives. */
export interface Phone {
  /** Whether its connection has ended before the file has. */
  cut(): boolean;
  stop(): void;
}

const SIPS_PER_SECOND = 10;

/** Opens one that reads `bytesPerSecond`. */
export function phone(port: number, bytesPerSecond: number): Phone {
  const startMs = performance.now();
  let receivedBytes = 0;
  let wholeBytes = Number.POSITIVE_INFINITY;
  let closed = false;
  const socket: Socket = connect({ port, host: "127.0.0.1" });
  const sip = setInterval(() => socket.resume(), 1_000 / SIPS_PER_SECOND);
  socket.on("data", (chunk: Buffer) => {
    if (receivedBytes === 0) wholeBytes = answerBytes(chunk.toString("latin1"));
    receivedBytes += chunk.length;
    if (receivedBytes * 1_000 >= bytesPerSecond * (performance.now() - startMs)) socket.pause();
  });
  socket.on("connect", () => socket.write(OPENING["slow-reader"]));
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
    clearInterval(sip);
  });
  return {
    cut: () => closed && receivedBytes < wholeBytes,
    stop: () => {
      clearInterval(sip);
      socket.destroy();
    },
  };
}

function answerBytes(start: string): number {
  const [head = ""] = start.split("\r\n\r\n");
  return head.length + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1]);
}
