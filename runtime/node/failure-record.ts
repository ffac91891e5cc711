/** The record of a request on which the role failed: a bug of ours, which the client sees as a 500, and which counts. */
import type { Handler, Incoming, Reply } from "../../core/ports.ts";
import type { RequestRecord } from "../../core/record.ts";
import { recordOfFailure } from "../../core/unrouted-record.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { staticAnswer } from "./http1/static-answer.ts";

/** Who records, and who is told of the bug. */
export interface FailureSink {
  readonly node: string;
  readonly role: RequestRecord["role"];
  record(record: RequestRecord): void;
  onError(error: unknown): void;
}

/** The handler, which now answers even when it fails. */
export function recordingFailures(handler: Handler<ByteBody>, sink: FailureSink): Handler<ByteBody> {
  return (incoming) => {
    try {
      const reply = handler(incoming);
      return reply instanceof Promise ? reply.catch((error: unknown) => failure(incoming, sink, error)) : reply;
    } catch (error) {
      return failure(incoming, sink, error);
    }
  };
}

function failure(incoming: Incoming<ByteBody>, sink: FailureSink, error: unknown): Reply<ByteBody> {
  sink.onError(error);
  const { status, fields, text } = staticAnswer(500);
  const headAtMs = Date.now();
  return {
    head: { status, fields },
    body: Buffer.from(text),
    close: true,
    sent: (sent) => {
      const answered = { ...sent, status, outcome: "internal-error", headAtMs, endAtMs: Date.now() } as const;
      sink.record(recordOfFailure(sink, incoming, answered));
    },
  };
}
