/** Scenarios with many requests at once: origins that wait or stream, readers that take their time. */
import { Cancellation } from "../../core/cancellation.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { Reply, UpstreamRequest } from "../../core/ports.ts";
import { serve } from "../../edge/serve.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { arrivals } from "./arrivals.ts";
import { scenario } from "./harness.ts";

/** A body of which every 100 KB chunk shows where it belongs. */
export const CHUNK_BYTES = 100_000;

/** The bytes of a body of so many chunks, from a byte on. */
export function bodyText(chunks: number, first = 0, mark = 97): string {
  const all = Array.from({ length: chunks }, (_, number) =>
    String.fromCharCode(mark + (number % 26)).repeat(CHUNK_BYTES),
  );
  return all.join("").slice(first);
}

/** A body that its origin sends as the test says. */
export function sending() {
  const queue: (Uint8Array | "end")[] = [];
  let wake = (): void => {};
  let [taken, left] = [0, false];
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      while (queue.length === 0 && !left) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const item = left ? "end" : queue.shift();
      if (item === undefined || item === "end") return { done: true, value: undefined };
      taken += 1;
      return { done: false, value: item };
    },
    async return() {
      left = true;
      wake();
      return { done: true, value: undefined };
    },
  };
  const put = (item: Uint8Array | "end"): void => {
    queue.push(item);
    wake();
  };
  return {
    body: { [Symbol.asyncIterator]: () => iterator },
    send: (text: string): void => {
      for (let at = 0; at < text.length; at += CHUNK_BYTES)
        put(new TextEncoder().encode(text.slice(at, at + CHUNK_BYTES)));
    },
    end: (): void => put("end"),
    taken: () => taken,
    left: () => left,
  };
}

/** A scenario whose clients read when they are told to. */
export function reading(options: Parameters<typeof scenario>[0] = {}) {
  const made = scenario(options);
  const { edge, origin, clock } = made;
  const arrived = arrivals(edge);

  /** Asks, and gets a client that has read nothing yet. */
  const open = async (target: string, headers: readonly FieldLine[] = []) => {
    const cancellation = new Cancellation();
    const host: FieldLine = ["host", "www.example.com"];
    const reply = await serve(edge, {
      head: { method: "GET", scheme: "http", authority: "www.example.com", target, fields: [host, ...headers] },
      body: undefined,
      peerAddress: "192.0.2.1",
      cancellation,
      receivedAtMs: clock.nowMs(),
      interim: () => {},
    });
    return clientOf(reply, cancellation);
  };
  /** Queues an answer; returns how to let it go. */
  const holds = (status: number, fields: readonly FieldLine[], body: ByteBody | undefined): (() => void) => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    origin.answers(async () => {
      await released;
      return { kind: "response", head: { status, fields }, body, closeDelimited: false };
    });
    return release;
  };
  /** An answer that streams. */
  const streams = (fields: readonly FieldLine[], status = 200) => {
    const sent = sending();
    origin.answers(() => ({ kind: "response", head: { status, fields }, body: sent.body, closeDelimited: false }));
    return sent;
  };
  return { ...made, arrived, open, holds, streams };
}

function clientOf(reply: Reply<ByteBody>, cancellation: Cancellation) {
  const { body } = reply;
  const iterator = body === undefined || body instanceof Uint8Array ? undefined : body[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  const read = async (): Promise<string | undefined> => {
    const result = await iterator?.next();
    return result === undefined || result.done === true ? undefined : decoder.decode(result.value);
  };
  return {
    reply,
    outcome: /detail=([a-z-]+)/.exec(reply.head.fields.find(([name]) => name === "cache-status")?.[1] ?? "")?.[1],
    read,
    /** All that is left. */
    rest: async (): Promise<string> => {
      if (body instanceof Uint8Array) return decoder.decode(body);
      let all = "";
      for (let part = await read(); part !== undefined; part = await read()) all += part;
      return all;
    },
    /** The client goes away. */
    leave: async (): Promise<void> => {
      cancellation.cancel();
      await iterator?.return?.();
      reply.sent({ bodyBytes: 0, complete: false });
    },
  };
}

/** The field of a request to the origin. */
export function sent(request: UpstreamRequest<ByteBody> | undefined, name: string): string | undefined {
  return request?.fields.find((line) => line[0] === name)?.[1];
}

/** Lets everything happen that is not waiting for the test. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
