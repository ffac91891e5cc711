/**
 * An origin that speaks HTTP/2 frame by frame over TLS, so that tests can say what no library would. Heads are written as
 * literals without indexing (RFC 7541 §6.2.2); those of requests are not decoded.
 */
import { createServer, type TLSSocket } from "node:tls";

/** Types of frames (RFC 9113 §6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, push: 5, ping: 6, goaway: 7, window: 8, more: 9 };

const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;

/** One connection, on which the test says what it likes. */
export interface RawConnection {
  /** Counted from 1. */
  readonly number: number;
  readonly socket: TLSSocket;
  frame(type: number, flags: number, stream: number, payload?: Uint8Array): void;
  head(stream: number, lines: readonly (readonly [string, string])[], end?: boolean): void;
  data(stream: number, text: string, end?: boolean): void;
  reset(stream: number, code: number): void;
  goaway(lastStream: number, code: number): void;
}

/** A frame that came. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** What the origin does. */
export interface RawHttp2Options {
  readonly certificate: string;
  readonly key: string;
  /** The head of a request came, whole. */
  onRequest(connection: RawConnection, stream: number): void;
  onFrame?(connection: RawConnection, frame: RawFrame): void;
  /** Payload of our SETTINGS. */
  readonly settings?: Uint8Array;
  readonly protocols?: readonly string[];
}

/** A running origin. */
export interface RawHttp2Origin {
  readonly port: number;
  /** Connections since the start. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts it on loopback. */
export async function rawHttp2Origin(options: RawHttp2Options): Promise<RawHttp2Origin> {
  const sockets = new Set<TLSSocket>();
  let count = 0;
  const { certificate: cert, key, protocols = ["h2"] } = options;
  const server = createServer({ cert, key, ALPNProtocols: [...protocols] }, (socket) => {
    count += 1;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    converse(connectionOn(socket, count), options);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    connections: () => count,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function connectionOn(socket: TLSSocket, number: number): RawConnection {
  const frame: RawConnection["frame"] = (type, flags, stream, payload = new Uint8Array(0)) => {
    const head = Buffer.alloc(FRAME_HEAD_BYTES);
    head.writeUIntBE(payload.byteLength, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    if (!socket.destroyed) socket.write(Buffer.concat([head, payload]));
  };
  return {
    number,
    socket,
    frame,
    head: (stream, lines, end = false) =>
      frame(FRAME.headers, END_HEADERS | (end ? END_STREAM : 0), stream, headBlock(lines)),
    data: (stream, text, end = false) => frame(FRAME.data, end ? END_STREAM : 0, stream, Buffer.from(text)),
    reset: (stream, code) => frame(FRAME.reset, 0, stream, uint32(code)),
    goaway: (lastStream, code) => frame(FRAME.goaway, 0, 0, Buffer.concat([uint32(lastStream), uint32(code)])),
  };
}

function converse(connection: RawConnection, options: RawHttp2Options): void {
  connection.frame(FRAME.settings, 0, 0, options.settings);
  let received = Buffer.alloc(0);
  let hasPreface = false;
  connection.socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (!hasPreface) {
      if (received.length < PREFACE_BYTES) return;
      received = received.subarray(PREFACE_BYTES);
      hasPreface = true;
    }
    for (;;) {
      if (received.length < FRAME_HEAD_BYTES) return;
      const end = FRAME_HEAD_BYTES + received.readUIntBE(0, 3);
      if (received.length < end) return;
      const [type = 0, flags = 0] = [received[3], received[4]];
      const stream = received.readUInt32BE(5) & 0x7fffffff;
      const frame = { type, flags, stream, payload: received.subarray(FRAME_HEAD_BYTES, end) };
      received = received.subarray(end);
      if (type === FRAME.settings && (flags & ACK) === 0) connection.frame(FRAME.settings, ACK, 0);
      if (type === FRAME.ping && (flags & ACK) === 0) connection.frame(FRAME.ping, ACK, 0, frame.payload);
      options.onFrame?.(connection, frame);
      if (type === FRAME.headers && (flags & END_HEADERS) !== 0) options.onRequest(connection, stream);
    }
  });
}

/** A block of literal fields. */
export function headBlock(lines: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(lines.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([prefixed(bytes.length), bytes]);
}

/** An integer with a prefix of 7 bits (RFC 7541 §5.1). */
function prefixed(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let left = value - 127;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Buffer.from([...bytes, left]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
