/** The request body that is coming in on a connection: its framing, and where its content goes. */
import type { Accepted } from "../../../core/http/guard.ts";
import type { RefusalReason } from "../../../core/http/refusals.ts";
import { type BodyDecoder, ChunkedBody, CountedBody } from "./body-decoder.ts";
import { type BodySource, RequestBody } from "./request-body.ts";

/** One for a connection; bodies follow one another. */
export class BodyIntake {
  #decoder: BodyDecoder | undefined;
  #body: RequestBody | undefined;
  readonly #toBody = (content: Buffer): void => this.#body?.push(content);
  /** The client waits for 100 (Continue), and nobody has asked for the body yet. */
  continueOwed = false;

  /** More of a body is to come. */
  get open(): boolean {
    return this.#decoder !== undefined;
  }

  /** The role does not keep up. */
  get full(): boolean {
    return this.#body?.full === true;
  }

  begin({ bodyBytes, expectsContinue }: Accepted, source: BodySource, maxBytes: number): RequestBody {
    this.#decoder = bodyBytes === undefined ? new ChunkedBody(maxBytes) : new CountedBody(bodyBytes);
    this.continueOwed = expectsContinue;
    const body = new RequestBody(source);
    this.#body = body;
    return body;
  }

  /** Returns where it stopped, or what is wrong. */
  feed(chunk: Buffer, at: number): number | RefusalReason {
    const decoder = this.#decoder;
    if (decoder === undefined) return at;
    this.continueOwed = false;
    const next = decoder.feed(chunk, at, this.#toBody);
    if (typeof next === "number" && decoder.done) {
      this.#decoder = undefined;
      this.#body?.end();
      this.#body = undefined;
    }
    return next;
  }

  /** What is left of a body of `bodyBytes` (undefined: nobody knows) is not worth reading. */
  tooLongToDrain(bodyBytes: number | undefined, drainedMaxBytes: number): boolean {
    if (!this.open) return false;
    // Without 100 (Continue) nobody knows whether the client will send it.
    return this.continueOwed || (bodyBytes ?? Number.POSITIVE_INFINITY) > drainedMaxBytes;
  }

  /** The rest will not be read. */
  fail(reason: string): void {
    this.#decoder = undefined;
    this.#body?.fail(reason);
    this.#body = undefined;
  }
}
