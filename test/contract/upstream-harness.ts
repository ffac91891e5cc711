/** The origin, the adapter and the short words of the upstream contract's tests. */
import { afterEach, beforeEach } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { ResponseHead } from "../../core/http/fields.ts";
import type { Upstream, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import { type RawExchange, type RawOrigin, rawOrigin } from "./raw-origin.ts";

/** The adapter under test. */
export interface UpstreamUnderTest<B> {
  readonly upstream: Upstream<B>;
  /** Reads a body to its end as text; throws when it is cut. */
  text(body: B): Promise<string>;
  /** Reads the first chunk and leaves. */
  readFirstAndLeave(body: B): Promise<string>;
  /** A request body that sends the chunks, then ends or fails. */
  stream(chunks: readonly string[], failure?: string): B;
  close(): Promise<void>;
}

/** One origin and one adapter for each test of the `describe` that it is called in. */
export interface UpstreamHarness<B> {
  adapter(): UpstreamUnderTest<B>;
  origin(): RawOrigin | undefined;
  listen(answer: (exchange: RawExchange) => void): Promise<RawOrigin>;
  /** An origin that says these bytes and closes. */
  says(bytes: string): Promise<RawOrigin>;
  fetch(change?: Partial<UpstreamRequest<B>>): Promise<UpstreamResult<B>>;
  /** Head and body of a response; throws when it failed or was cut. */
  answered(result: UpstreamResult<B>): Promise<{ head: ResponseHead; body: string | undefined }>;
  /** Fetches, reads, and waits for the connection to be free again: a turn after its answer was whole. */
  answeredAndFree(): Promise<string | undefined>;
}

/** Sets it up. */
export function upstreamHarness<B>(make: () => UpstreamUnderTest<B>): UpstreamHarness<B> {
  let origin: RawOrigin | undefined;
  let adapter: UpstreamUnderTest<B>;
  beforeEach(() => {
    adapter = make();
  });
  afterEach(async () => {
    await adapter.close();
    await origin?.close();
    origin = undefined;
  });
  const harness: UpstreamHarness<B> = {
    adapter: () => adapter,
    origin: () => origin,
    listen: async (answer) => {
      origin = await rawOrigin(answer);
      return origin;
    },
    says: (bytes) => harness.listen(({ socket }) => socket.end(bytes, "latin1")),
    fetch: (change = {}) => adapter.upstream.fetch({ ...ordinaryRequest<B>(origin?.port ?? 1), ...change }),
    answered: async (result) => {
      if (result.kind === "failure") throw new Error(`${result.failure}: ${result.detail}`);
      return { head: result.head, body: result.body === undefined ? undefined : await adapter.text(result.body) };
    },
    answeredAndFree: async () => {
      const { body } = await harness.answered(await harness.fetch());
      await new Promise((resolve) => setTimeout(resolve, 5));
      return body;
    },
  };
  return harness;
}

function ordinaryRequest<B>(port: number): UpstreamRequest<B> {
  return {
    to: { scheme: "http", host: "127.0.0.1", port },
    method: "GET",
    target: "/path?query",
    fields: [["host", "site.example"]],
    body: undefined,
    allowPrivate: true,
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, betweenBytesMs: 2_000 },
    cancellation: new Cancellation(),
  };
}
