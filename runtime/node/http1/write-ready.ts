/** Writes an answer that a role has ready, in one piece, without an exchange: the way of most hits. */
import type { Reply, Sent } from "../../../core/ports.ts";
import type { ReadyAnswer, ReadySent } from "../../../core/ready-port.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import { Exchange, type ExchangeContext, type ExchangeLine } from "./exchange.ts";
import type { ParsedHead } from "./parse-head.ts";
import type { ReadyHead } from "./ready-head.ts";

/** Where it is written. */
export interface ReadyLine {
  readonly peerAddress: string;
  /** True when all of it has left. */
  send(head: string, body: Uint8Array | undefined): boolean;
}

/** Undefined: nothing is ready, and nothing was written. Otherwise it has left, or what is to be told when it has. */
export function writeReady(
  head: ReadyHead,
  line: ReadyLine,
  onError: (error: unknown) => void,
): "left" | Reply<ByteBody> | undefined {
  const nowMs = Date.now();
  const answer = answerOf(head, line.peerAddress, nowMs, onError);
  if (answer === undefined || !(answer.body instanceof Uint8Array)) return undefined;
  const { text, body } = answer;
  const { peerAddress } = line;
  const { fields } = head.fields;
  if (line.send(text, body)) {
    const bodyBytes = body.byteLength;
    answer.sent({ fields, peerAddress, receivedAtMs: nowMs, endedAtMs: nowMs, bodyBytes, complete: true });
    return "left";
  }
  return waiting(answer, { fields, peerAddress, receivedAtMs: nowMs });
}

/** A ready answer that has not left whole is an exchange like others. */
export function adopted(
  context: ExchangeContext,
  line: ExchangeLine,
  { verdict }: ParsedHead,
  reply: Reply<ByteBody>,
): Exchange {
  if (verdict.kind === "refused") throw new Error("an answer was ready for what is refused");
  const exchange = new Exchange(context, line, verdict, "1.1", undefined);
  exchange.adopt(reply);
  return exchange;
}

function answerOf(
  { client, target }: ReadyHead,
  peerAddress: string,
  nowMs: number,
  onError: (error: unknown) => void,
): ReadyAnswer<ByteBody> | undefined {
  try {
    return client.answer(target, peerAddress, nowMs);
  } catch (error) {
    onError(error);
    return undefined;
  }
}

function waiting(answer: ReadyAnswer<ByteBody>, asked: Omit<ReadySent, keyof Sent | "endedAtMs">): Reply<ByteBody> {
  const sent = (how: Sent): void => answer.sent({ ...asked, ...how, endedAtMs: Date.now() });
  return { head: { status: 200, fields: [] }, body: answer.body, sent };
}
