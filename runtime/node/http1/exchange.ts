/** One request and its answer: guard, role, reply, and the report of how it left. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Cancellation } from "../../../core/cancellation.ts";
import type { FieldLine, ResponseHead } from "../../../core/http/fields.ts";
import { type Accepted, guardRequest } from "../../../core/http/guard.ts";
import { REFUSALS, type Refused } from "../../../core/http/refusals.ts";
import type { Incoming, Reply } from "../../../core/ports.ts";
import { type ByteBody, discardBody } from "../../memory/bodies.ts";
import type { Connection, InFlight } from "./connection.ts";
import { canonicalCase } from "./field-case.ts";
import type { ListenerLimits, ListenOptions } from "./listener-options.ts";
import { type RequestBody, requestBody } from "./request-body.ts";
import { staticAnswer } from "./static-answer.ts";
import { type ReplyTarget, writeReply } from "./write-reply.ts";

/** What exchanges share with their listener. */
export interface ExchangeContext {
  readonly options: ListenOptions;
  readonly limits: ListenerLimits;
}

/** Takes a request from Node's parser. */
export function takeRequest(
  context: ExchangeContext,
  connection: Connection,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.on("error", ignore);
  // After an answer that closes, what was pipelined behind it is not served: the client asks again elsewhere.
  if (connection.closing) return;
  const { scheme = "http" } = context.options;
  const decision = guardRequest(
    {
      method: request.method ?? "",
      target: request.url ?? "",
      httpVersion: request.httpVersion,
      fields: linesOf(request.rawHeaders),
    },
    { scheme, protocol: "http1", maxBodyBytes: context.limits.bodyBytes },
  );
  if (decision.kind === "refused") refuseRequest(context, connection, request, response, decision);
  else void new Exchange(context, connection, request, response, decision).run();
}

/** A connection that breaks while something is written is told by its `close`. */
function ignore(): void {}

function linesOf(raw: readonly string[]): FieldLine[] {
  const lines: FieldLine[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) lines.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return lines;
}

function refuseRequest(
  context: ExchangeContext,
  connection: Connection,
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refused,
): void {
  connection.refused();
  response.shouldKeepAlive = false;
  const answer = staticAnswer(refusal.status);
  response.writeHead(refusal.status, [...answer.fields]);
  response.end(answer.text);
  context.options.onRefused?.({
    atMs: Date.now(),
    status: refusal.status,
    reason: refusal.reason,
    detail: REFUSALS[refusal.reason][1],
    peerAddress: connection.peerAddress,
    method: request.method,
    target: request.url,
  });
}

/** An accepted request. */
class Exchange implements InFlight {
  readonly #context: ExchangeContext;
  readonly #connection: Connection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #accepted: Accepted;
  readonly #cancellation = new Cancellation();
  readonly #body: RequestBody | undefined;
  readonly #target: ReplyTarget;
  #reply: Reply<ByteBody> | undefined;
  #over = false;
  #bodyHeld = true;
  #interimResponses = 0;

  constructor(
    context: ExchangeContext,
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    accepted: Accepted,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#accepted = accepted;
    this.#body = accepted.hasBody
      ? requestBody(request, response, {
          maxBytes: context.limits.bodyBytes,
          expectsContinue: accepted.expectsContinue,
        })
      : undefined;
    this.#target = {
      response,
      method: accepted.head.method,
      httpVersion: request.httpVersion,
      cancellation: this.#cancellation,
      bodyBytes: 0,
    };
    connection.begin(this);
    response.on("close", () => this.#ended());
  }

  get requestComplete(): boolean {
    return this.#request.complete;
  }

  get answerBegan(): boolean {
    return this.#response.headersSent;
  }

  gone(): void {
    this.#ended();
  }

  async run(): Promise<void> {
    if (this.#accepted.closeAfterwards) this.#connection.stopTaking();
    const reply = await this.#askRole();
    if (this.#over) {
      abandonReply(reply);
      return;
    }
    this.#reply = reply;
    if (this.#body?.tooLarge === true) {
      abandonReply(reply);
      this.#reply = undefined;
      this.#answerStatically(413);
      return;
    }
    try {
      this.#setPersistence(reply);
      this.#bodyHeld = await writeReply(this.#target, reply);
      if (!this.#bodyHeld) this.#ended();
    } catch (error) {
      // A head that cannot be written is a bug of ours (FAULTS R12): the process lives, the client gets a page.
      this.#context.options.onError(error);
      this.#answerStatically(500);
    }
  }

  async #askRole(): Promise<Reply<ByteBody>> {
    try {
      return await this.#context.options.handler(this.#incoming());
    } catch (error) {
      this.#context.options.onError(error);
      return internalError();
    }
  }

  #incoming(): Incoming<ByteBody> {
    return {
      head: this.#accepted.head,
      body: this.#body,
      peerAddress: this.#connection.peerAddress,
      cancellation: this.#cancellation,
      receivedAtMs: Date.now(),
      interim: (head) => this.#interim(head),
    };
  }

  /** Keeps the connection unless somebody wants it closed, or a body is still to come that is not worth draining. */
  #setPersistence(reply: Reply<ByteBody>): void {
    const wanted = reply.close === true || this.#bodyTooLongToDrain();
    if (wanted) this.#connection.stopTaking();
    if (wanted || this.#connection.onLastAnswer) this.#response.shouldKeepAlive = false;
  }

  #bodyTooLongToDrain(): boolean {
    if (this.#body === undefined || this.#request.complete) return false;
    // Without 100 (Continue) nobody knows whether the client will send it.
    if (this.#accepted.expectsContinue) return true;
    return (this.#accepted.bodyBytes ?? Number.POSITIVE_INFINITY) > this.#context.limits.drainedBodyBytes;
  }

  #interim(head: ResponseHead): void {
    this.#interimResponses += 1;
    const { httpVersion } = this.#target;
    const mayLeave = !this.#over && !this.#response.headersSent && this.#response.socket !== null;
    if (!mayLeave || httpVersion === "1.0" || this.#interimResponses > this.#context.limits.interimResponses) return;
    if (head.status < 102 || head.status > 199) return;
    const flat: string[] = [];
    for (const [name, value] of head.fields) flat.push(canonicalCase(name), value);
    this.#response.writeInformation(head.status, flat);
  }

  #answerStatically(status: number): void {
    if (this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    const answer = staticAnswer(status);
    this.#connection.stopTaking();
    this.#response.shouldKeepAlive = false;
    this.#bodyHeld = false;
    this.#response.writeHead(status, [...answer.fields]);
    this.#response.end(this.#target.method === "HEAD" ? undefined : answer.text);
  }

  /** The answer has left, or the connection broke: whichever comes first, once. */
  #ended(): void {
    if (this.#over) return;
    this.#over = true;
    const complete = this.#response.writableFinished && this.#bodyHeld;
    this.#connection.end(this);
    if (!complete) this.#cancellation.cancel();
    this.#reply?.sent({ bodyBytes: this.#target.bodyBytes, complete });
  }
}

function abandonReply(reply: Reply<ByteBody>): void {
  discardBody(reply.body);
  reply.sent({ bodyBytes: 0, complete: false });
}

function internalError(): Reply<ByteBody> {
  const { status, fields, text } = staticAnswer(500);
  const lines: FieldLine[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    lines.push([(fields[index] ?? "").toLowerCase(), fields[index + 1] ?? ""]);
  }
  return { head: { status, fields: lines }, body: Buffer.from(text), close: true, sent: () => {} };
}
