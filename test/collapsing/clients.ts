/** Clients on plain sockets: many that want one small page, and few that read one long body and hash it. */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

function requestFor(path: string, range?: string): string {
  const line = range === undefined ? "" : `Range: ${range}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: collapsing.test\r\n${line}Connection: close\r\n\r\n`;
}

/** How many answers of each status and outcome came, and how long all took together. */
export interface Crowd {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly totalMs: number;
}

/** So many clients at once, each on its own connection; each opens it, asks and waits for the whole answer. */
export async function crowd(port: number, path: string, clients: number): Promise<Crowd> {
  const startMs = performance.now();
  const answers = await Promise.all(Array.from({ length: clients }, () => ask(port, path)));
  const totalMs = Math.round(performance.now() - startMs);
  const outcomes: Record<string, number> = {};
  for (const answer of answers) outcomes[answer] = (outcomes[answer] ?? 0) + 1;
  return { outcomes, totalMs };
}

function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(requestFor(path)));
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("error", (error) => resolve(`error: ${error.message}`));
    socket.on("close", () => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? "no answer";
      const outcome = /detail=([a-z-]+)/.exec(text)?.[1] ?? "";
      resolve(`${status} ${outcome}${status === "200" && !text.endsWith("\r\n\r\nhello") ? " cut" : ""}`);
    });
  });
}

/** One that reads a long body. */
export interface BigReader {
  /** Bytes of body so far, and their hash. */
  /** Resolves with the first byte of the body, or when the connection has ended without one. */
  readonly begun: Promise<unknown>;
  soFar(): { readonly bytes: number; readonly sha256: string };
  /** Resolves with the same when the connection has ended. */
  readonly ended: Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** From now on as fast as it can. */
  hurry(): void;
  stop(): void;
}

/** Reads a body, or a range of it, and hashes it; `bytesPerSecond`: not faster than that. */
export function bigReader(
  port: number,
  path: string,
  options: { readonly bytesPerSecond?: number; readonly range?: string } = {},
): BigReader {
  const hash = createHash("sha256");
  let [bytes, head, limit] = [0, "", options.bytesPerSecond ?? Number.POSITIVE_INFINITY];
  let begin = (): void => {};
  const first = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const startMs = performance.now();
  const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(requestFor(path, options.range)));
  const soFar = () => ({ bytes, sha256: hash.copy().digest("hex") });
  const take = (chunk: Buffer): void => {
    bytes += chunk.byteLength;
    if (bytes > 0) begin();
    hash.update(chunk);
  };
  const read = async (): Promise<void> => {
    for await (const chunk of chunksOf(socket)) {
      if (head.endsWith("\r\n\r\n")) take(chunk);
      else {
        const end = chunk.indexOf("\r\n\r\n");
        head += chunk.toString("latin1", 0, end === -1 ? chunk.byteLength : end + 4);
        if (end !== -1) take(chunk.subarray(end + 4));
      }
      while (!socket.destroyed && bytes > (limit * (performance.now() - startMs)) / 1000) await pause(50);
    }
  };
  const ended = read().then(soFar, soFar);
  return {
    soFar,
    begun: Promise.race([first, ended]),
    ended,
    hurry: () => {
      limit = Number.POSITIVE_INFINITY;
    },
    stop: () => socket.destroy(),
  };
}

async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  for await (const chunk of socket) if (Buffer.isBuffer(chunk)) yield chunk;
}
