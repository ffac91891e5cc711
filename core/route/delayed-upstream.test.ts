/** The delay of `--wan`. */
import { expect, it } from "vitest";
import { VirtualClock } from "../../test/scenario/virtual-clock.ts";
import { Cancellation } from "../cancellation.ts";
import type { UpstreamRequest, UpstreamResult } from "../ports.ts";
import { delayedUpstream } from "./delayed-upstream.ts";

it("passes a request on unchanged, a round trip later", async () => {
  const clock = new VirtualClock();
  const asked: UpstreamRequest<string>[] = [];
  const result: UpstreamResult<string> = { kind: "failure", failure: "refused", detail: "" };
  const near = {
    fetch: async (request: UpstreamRequest<string>) => {
      asked.push(request);
      return result;
    },
  };
  const request: UpstreamRequest<string> = {
    ...{ method: "GET", target: "/", fields: [], body: undefined, allowPrivate: false },
    to: { scheme: "http", host: "192.0.2.1", port: 80 },
    timeouts: { connectMs: 1, firstByteMs: 1, betweenBytesMs: 1 },
    cancellation: new Cancellation(),
  };
  const answer = delayedUpstream(near, clock, 160).fetch(request);
  clock.advance(159);
  await Promise.resolve();
  expect(asked).toHaveLength(0);
  clock.advance(1);
  expect(await answer).toBe(result);
  expect(asked).toEqual([request]);
});
