/** The body of a client's request: read on demand, within its limit, without destroying the connection when left. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** What the exchange asks afterwards. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** More came than the limit allows. */
  readonly tooLarge: boolean;
}

/** How a body is read. */
export interface RequestBodyOptions {
  readonly maxBytes: number;
  /** The client waits for 100 (Continue); it is sent when somebody begins to read. */
  readonly expectsContinue: boolean;
}

/** Wraps the body of a request. */
export function requestBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: RequestBodyOptions,
): RequestBody {
  let bytes = 0;
  let tooLarge = false;
  let begun = false;
  const source: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      if (!begun && options.expectsContinue && !response.headersSent) response.writeContinue();
      begun = true;
      const result = await source.next();
      if (result.done === true) return { done: true, value: undefined };
      bytes += result.value.byteLength;
      tooLarge = bytes > options.maxBytes;
      if (tooLarge) throw new Error("the request's body is over its limit");
      return { done: false, value: result.value };
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return {
    get tooLarge() {
      return tooLarge;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
}
