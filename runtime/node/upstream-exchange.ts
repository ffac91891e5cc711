/** One exchange with an upstream: callbacks as undici has them on one side, a value and a body on the other. */
import type { Dispatcher } from "undici";
import type { FieldLine, Fields } from "../../core/http/fields.ts";
import { fieldsProblem, guardResponse, type ResponseLimits } from "../../core/http/guard-response.ts";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import { type ByteBody, leave } from "../memory/bodies.ts";
import { UpstreamBody } from "./upstream-body.ts";
import { exchangeFailure, FailureError } from "./upstream-failure.ts";

/** The end of an exchange, with the error behind a failure. */
export type Answer =
  | { readonly kind: "response"; readonly result: UpstreamResult<ByteBody> }
  | { readonly kind: "failure"; readonly failure: FailureError; readonly cause: Error; readonly answerBegan: boolean };

const doNothing = () => {};

/** undici's handler for one request. `answer` settles once and never rejects. */
export class UpstreamExchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<Answer>;
  /** Called when the connection is free again or gone. */
  onOver: () => void = doNothing;
  readonly #request: UpstreamRequest<ByteBody>;
  readonly #limits: ResponseLimits;
  readonly #framed: boolean;
  readonly #stopListening: () => void;
  #settle: (answer: Answer) => void = doNothing;
  #controller: Dispatcher.DispatchController | undefined;
  #sentBody: AsyncIterator<Uint8Array> | undefined;
  #body: UpstreamBody | undefined;
  #stopped: FailureError | undefined;
  #answered = false;
  #hasAnswered = false;
  #answerBegan = false;
  #over = false;
  #interimResponses = 0;

  /** `framed`: the protocol itself says where a body ends, as HTTP/2 does. */
  constructor(request: UpstreamRequest<ByteBody>, limits: ResponseLimits, framed = false) {
    this.#request = request;
    this.#framed = framed;
    this.#limits = limits;
    this.answer = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#stopListening = request.cancellation.onCancel(() => this.stop(new FailureError("cancelled", "cancelled")));
  }

  /** The request's body for undici; a failure of it is our side's, not the upstream's. */
  body(): Uint8Array | AsyncIterable<Uint8Array> | null {
    const { body } = this.#request;
    if (body === undefined || body instanceof Uint8Array) return body ?? null;
    const source = body[Symbol.asyncIterator]();
    this.#sentBody = source;
    const iterator: AsyncIterator<Uint8Array> = {
      next: () =>
        source.next().catch((error: unknown) => {
          throw new FailureError("cancelled", `the request's body broke: ${String(error)}`);
        }),
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  /** Whether a response was given out, whatever became of its body. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  get started(): boolean {
    return this.#controller !== undefined;
  }

  /** It never began: another one takes the request. */
  forget(): void {
    this.#over = true;
    this.#stopListening();
  }

  /** Ends the exchange from our side. Before its head it is a failure, afterwards a cut body. */
  stop(failure: FailureError): void {
    if (this.#over) return;
    this.#stopped = failure;
    this.#fail(failure);
    this.#controller?.abort(failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped);
  }

  onResponseStarted(): void {
    this.#answerBegan = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const fields = readFields(controller.rawHeaders);
    if (status < 200) this.#interim(status, fields);
    else this.#final(status, fields);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#body?.end();
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
    this.#finish();
  }

  #interim(status: number, fields: Fields): void {
    this.#interimResponses += 1;
    const flood = this.#interimResponses > this.#limits.interimResponses ? "too many interim responses" : undefined;
    const problem = (status <= 101 ? `status ${status}` : fieldsProblem(fields, this.#limits)) ?? flood;
    if (problem !== undefined) this.stop(new FailureError("malformed", problem));
    else this.#request.onInterim?.({ status, fields });
  }

  #final(status: number, fields: Fields): void {
    const framing = guardResponse(this.#request.method, status, fields, this.#request.oddCodings, this.#limits);
    if (framing.kind === "malformed") {
      this.stop(new FailureError("malformed", framing.detail));
      return;
    }
    const body = framing.hasBody && framing.bodyBytes !== 0 ? this.#openBody() : undefined;
    this.#answered = true;
    this.#hasAnswered = true;
    // A small body comes with its head: by the end of this turn it may be whole, and then it is one buffer.
    queueMicrotask(() =>
      this.#settle({
        kind: "response",
        result: {
          kind: "response",
          head: { status, fields },
          body: body?.takeWhole() ?? body,
          closeDelimited: framing.closeDelimited && !this.#framed,
        },
      }),
    );
  }

  #openBody(): UpstreamBody {
    this.#body = new UpstreamBody({
      pause: () => this.#controller?.pause(),
      resume: () => this.#controller?.resume(),
      abort: () => this.stop(new FailureError("cancelled", "the reader left")),
    });
    return this.#body;
  }

  #fail(error: Error): void {
    if (this.#answered) {
      this.#body?.fail(error);
      return;
    }
    this.#answered = true;
    this.#settle({ kind: "failure", failure: exchangeFailure(error), cause: error, answerBegan: this.#answerBegan });
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    if (this.#sentBody !== undefined) leave(this.#sentBody);
    this.onOver();
  }
}

function readFields(raw: Dispatcher.DispatchController["rawHeaders"]): Fields {
  if (!Array.isArray(raw)) throw new FailureError("malformed", "no raw fields");
  const fields: FieldLine[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    fields.push([fieldText(raw[index]).toLowerCase(), trimOptionalWhitespace(fieldText(raw[index + 1]))]);
  }
  return fields;
}

function fieldText(bytes: Buffer | string | undefined): string {
  return typeof bytes === "string" ? bytes : (bytes?.toString("latin1") ?? "");
}

function trimOptionalWhitespace(value: string): string {
  return /^[\t ]|[\t ]$/.test(value) ? value.replace(/^[\t ]+|[\t ]+$/g, "") : value;
}
