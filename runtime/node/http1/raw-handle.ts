/**
 * The handles below the sockets of `node:net`, which no promise of Node's covers: what we use of them, and whether this
 * Node has it all. Nothing else in the project touches them.
 */
import type { Server } from "node:net";

/** Of a write or a shutdown that does not happen at once. */
export interface RawRequest {
  oncomplete?: (status: number) => void;
  /** Held until the kernel has it. */
  kept?: unknown;
}

/** A TCP connection of libuv. Results are 0 or a negative error number. */
export interface RawHandle {
  onread: () => void;
  readonly writeQueueSize: number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: RawRequest, bytes: Uint8Array): number;
  writeLatin1String(request: RawRequest, text: string): number;
  /** All of them buffers, or each one followed by its encoding. */
  writev(request: RawRequest, chunks: readonly unknown[], allBuffers: boolean): number;
  shutdown(request: RawRequest): number;
  close(done: () => void): void;
  reset(done: () => void): number;
  getpeername(into: { address?: string }): number;
  setNoDelay(on: boolean): number;
}

/** A listening handle, which says what was accepted. */
export interface RawServer {
  onconnection: (error: number, handle: RawHandle) => void;
}

/** What libuv's streams tell beside their results: an array shared by all of them, right after each call. */
export interface RawStreams {
  readonly WriteWrap: new () => RawRequest;
  readonly ShutdownWrap: new () => RawRequest;
  readonly state: Int32Array;
  readonly readIndex: number;
  readonly asyncIndex: number;
}

const METHODS = [
  ..."useUserBuffer readStart readStop writeBuffer writeLatin1String writev shutdown".split(" "),
  ..."close reset getpeername setNoDelay".split(" "),
];

/** The streams and the handle of a server that listens, or a sentence that says what is missing. */
export function rawSockets(server: Server): { readonly streams: RawStreams; readonly handle: RawServer } | string {
  const streams = rawStreams();
  if (typeof streams === "string") return streams;
  const handle: unknown = Reflect.get(server, "_handle");
  if (typeof handle !== "object" || handle === null) return "a server has no handle";
  if (typeof Reflect.get(handle, "onconnection") !== "function") return "a server's handle has no onconnection";
  // A server and its connections are handles of one class.
  const missing = METHODS.filter((name) => typeof Reflect.get(handle, name) !== "function");
  if (missing.length > 0) return `handles have no ${missing.join(", ")}`;
  if (typeof Reflect.get(handle, "writeQueueSize") !== "number") return "handles have no writeQueueSize";
  return { streams, handle: handle as RawServer };
}

function rawStreams(): RawStreams | string {
  const binding: unknown = Reflect.get(process, "binding");
  if (typeof binding !== "function") return "process.binding is gone";
  try {
    const streams: unknown = Reflect.apply(binding, process, ["stream_wrap"]);
    if (typeof streams !== "object" || streams === null) return "stream_wrap is gone";
    const part = (name: string): unknown => Reflect.get(streams, name);
    const [WriteWrap, ShutdownWrap, state] = [part("WriteWrap"), part("ShutdownWrap"), part("streamBaseState")];
    const [readIndex, asyncIndex] = [part("kReadBytesOrError"), part("kLastWriteWasAsync")];
    if (typeof WriteWrap !== "function" || typeof ShutdownWrap !== "function") return "stream_wrap has no requests";
    if (!(state instanceof Int32Array) || typeof readIndex !== "number" || typeof asyncIndex !== "number") {
      return "stream_wrap has no state";
    }
    const make = { WriteWrap, ShutdownWrap } as Pick<RawStreams, "WriteWrap" | "ShutdownWrap">;
    return { ...make, state, readIndex, asyncIndex };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
