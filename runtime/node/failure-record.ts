/** The record of a request on which the role failed: a bug of ours, which the client sees as a 500, and which counts. */
import type { Handler, Incoming, Reply } from "../../core/ports.ts";
import type { RequestRecord } from "../../core/record.ts";
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
  const { head, receivedAtMs, peerAddress, httpVersion } = incoming;
  const { status, fields, text } = staticAnswer(500);
  const headMs = Date.now() - receivedAtMs;
  return {
    head: { status, fields },
    body: Buffer.from(text),
    close: true,
    sent: ({ bodyBytes, complete }) =>
      sink.record({
        ...{ atMs: receivedAtMs, node: sink.node, role: sink.role, site: undefined },
        ...{ outcome: "internal-error", forward: undefined },
        ...{ method: head.method, authority: head.authority, target: head.target },
        ...{ httpVersion, requestFields: head.fields, status, bodyBytes, complete, clientAddress: peerAddress },
        ...{ headMs, totalMs: Date.now() - receivedAtMs },
      }),
  };
}
