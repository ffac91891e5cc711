/** For tests of the listener: a role that answers as told, and clients that speak bytes. */
import { connect, type Socket } from "node:net";
import { afterEach } from "vitest";
import type { Fields } from "../../../core/http/fields.ts";
import type { Handler, Incoming, Reply, Sent } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { ListenerRefusal, ListenOptions } from "./listener-options.ts";
import { type Listener, listen } from "./server.ts";

/** What the role answers; 200 with nothing by default. */
export type Answer = Partial<Omit<Reply<ByteBody>, "head">> & { readonly status?: number; readonly fields?: Fields };

const running: Listener[] = [];
const sockets: Socket[] = [];

/** What the listener told during the test that runs. */
export const told: { seen: Incoming<ByteBody>[]; sent: Sent[]; errors: unknown[]; refusals: ListenerRefusal[] } = {
  seen: [],
  sent: [],
  errors: [],
  refusals: [],
};

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.close(0)));
  for (const list of Object.values(told)) list.length = 0;
});

/** A listener whose role answers what `answer` says. */
export async function serve(
  answer: (incoming: Incoming<ByteBody>) => Answer | Promise<Answer>,
  options: Partial<ListenOptions> = {},
): Promise<Listener> {
  const handler: Handler<ByteBody> = async (incoming) => {
    told.seen.push(incoming);
    const { status = 200, fields = [], ...reply } = await answer(incoming);
    return { body: undefined, sent: (result) => told.sent.push(result), ...reply, head: { status, fields } };
  };
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    scheme: "http",
    handler,
    onError: (error) => told.errors.push(error),
    onRefused: (refusal) => told.refusals.push(refusal),
    ...options,
  });
  running.push(listener);
  return listener;
}

/** A raw client. `done` resolves with everything received when the listener closes. */
export function client(
  listener: Listener,
  bytes: string,
): { socket: Socket; received: () => string; done: Promise<string> } {
  const socket = connect(listener.address.port, "127.0.0.1");
  sockets.push(socket);
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  const done = new Promise<string>((resolve) => {
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
  });
  socket.write(bytes, "latin1");
  return { socket, received: () => received, done };
}

/** Waits for something that real sockets will bring about. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 3_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A GET that keeps the connection. */
export const get = (target: string, more = ""): string => `GET ${target} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
/** A GET that closes it. */
export const last = (target: string): string => get(target, "Connection: close\r\n");
/** An answer with a body in one buffer. */
export const text = (body: string): Answer => ({ body: Buffer.from(body) });

/** A body in parts that then ends or fails. */
export async function* chunks(parts: readonly string[], failure?: string): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
  if (failure !== undefined) throw new Error(failure);
}

/** A request body as text. */
export async function readAll(body: ByteBody | undefined): Promise<string> {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? []).toString();
  let all = "";
  for await (const chunk of body) all += Buffer.from(chunk).toString();
  return all;
}
