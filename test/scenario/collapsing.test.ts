/** Requests that wait for another's fetch: who fetches when that fails, and how many may wait. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { UpstreamFailure, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { reading, turns } from "./flights.ts";

const PUBLIC: readonly FieldLine[] = [["cache-control", "max-age=60"]];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const failed = (failure: UpstreamFailure): UpstreamResult<ByteBody> => ({ kind: "failure", failure, detail: "" });
const answered = (status: number, fields: readonly FieldLine[], body: string): UpstreamResult<ByteBody> => ({
  kind: "response",
  head: { status, fields },
  body: bytes(body),
  closeDelimited: false,
});

/** Clients that ask for one cold URL, and an origin that the test answers for, one request after the other. */
async function together(
  clients: number,
  options: Parameters<typeof reading>[0] & { headers?: readonly FieldLine[] } = {},
) {
  const made = reading(options);
  const asked: ((result: UpstreamResult<ByteBody>) => void)[] = [];
  for (let index = 0; index < 100; index += 1) {
    made.origin.answers(() => new Promise((resolve) => asked.push(resolve)));
  }
  const got = Array.from({ length: clients }, () => made.open("/a", options.headers));
  await made.arrived(clients);
  await turns(2);
  /** Answers the request that came last. */
  const answer = async (result: UpstreamResult<ByteBody>): Promise<void> => {
    asked.at(-1)?.(result);
    await turns(5);
  };
  return { ...made, asked, got, answer };
}

describe("of requests that wait for a fetch that fails", () => {
  it.each<UpstreamFailure>(["first-byte-timeout", "reset", "refused", "malformed"])(
    "one fetches in its place and the others wait on (%s)",
    async (failure) => {
      const { asked, got, answer } = await together(20);
      expect(asked).toHaveLength(1);
      // A GET is asked of the origin again by itself, once, where that is allowed.
      while ((await Promise.race([got[0], turns(3)])) === undefined) await answer(failed(failure));
      const before = asked.length;
      await turns(10);
      expect(asked).toHaveLength(before);
      await answer(answered(200, PUBLIC, "one"));
      const all = await Promise.all(got);
      expect(all.map(({ reply }) => reply.head.status).filter((status) => status === 200)).toHaveLength(19);
      expect(all.filter(({ outcome }) => outcome === "stored")).toHaveLength(1);
      expect(all.filter(({ outcome }) => outcome === "collapsed")).toHaveLength(18);
    },
  );

  it("no more than so many try; then all get the failure, and nobody asks any more", async () => {
    const { asked, got, answer } = await together(50, { config: { origin: { allowPrivate: true, retries: 0 } } });
    for (let tries = 0; tries < 3; tries += 1) {
      expect(asked).toHaveLength(tries + 1);
      await answer(failed("first-byte-timeout"));
    }
    const all = await Promise.all(got);
    expect(asked).toHaveLength(3);
    expect(all.every(({ reply, outcome }) => reply.head.status === 504 && outcome === "origin-timeout")).toBe(true);
  });

  it("nobody tries when it would fail alike for all", async () => {
    const { asked, got, answer } = await together(5);
    await answer(failed("forbidden-address"));
    expect((await Promise.all(got)).map(({ outcome }) => outcome)).toEqual(Array(5).fill("origin-forbidden"));
    expect(asked).toHaveLength(1);
  });

  it("an error that may not be stored makes one of the others try, and leaves no marker", async () => {
    const { asked, got, answer, open } = await together(10);
    await answer(answered(503, [], "down"));
    expect(asked).toHaveLength(2);
    await answer(answered(200, PUBLIC, "up"));
    const statuses = (await Promise.all(got)).map(({ reply }) => reply.head.status);
    expect(statuses.sort()).toEqual([...Array.from({ length: 9 }, () => 200), 503]);
    expect((await open("/a")).outcome).toBe("hit");
  });

  it("a client that leaves is not chosen to fetch", async () => {
    const { edge, origin, arrived, settled } = reading({ config: { origin: { allowPrivate: true, retries: 0 } } });
    let answer: (result: UpstreamResult<ByteBody>) => void = () => {};
    origin.answers(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const { serve } = await import("../../edge/serve.ts");
    const asks = [new Cancellation(), new Cancellation(), new Cancellation()].map((cancellation) => ({
      cancellation,
      reply: Promise.resolve(
        serve(edge, {
          head: {
            method: "GET",
            scheme: "http",
            authority: "www.example.com",
            target: "/a",
            fields: [["host", "www.example.com"]],
          },
          body: undefined,
          peerAddress: "192.0.2.1",
          cancellation,
          receivedAtMs: edge.clock.nowMs(),
          interim: () => {},
        }),
      ),
    }));
    await arrived(3);
    await turns(2);
    asks[1]?.cancellation.cancel();
    origin.replies(200, { "cache-control": "max-age=60" }, "two");
    answer(failed("reset"));
    const statuses = (await Promise.all(asks.map(({ reply }) => reply))).map(({ head }) => head.status);
    expect(statuses).toEqual([502, 502, 200]);
    expect(origin.requests).toHaveLength(2);
    await settled();
  });
});

describe("of requests that wait together", () => {
  it("all are released at once by an answer that may not be stored", async () => {
    const { asked, got, answer } = await together(30);
    await answer(answered(200, [["cache-control", "private"]], "mine"));
    expect(asked).toHaveLength(30);
    for (const [index, settle] of asked.entries()) settle(answered(200, [["cache-control", "private"]], `${index}`));
    const bodies = await Promise.all((await Promise.all(got)).map(({ rest }) => rest()));
    expect(new Set(bodies).size).toBe(30);
  });

  it("one of another variant fetches it, and those of that variant share it", async () => {
    const made = reading();
    const varied: readonly FieldLine[] = [...PUBLIC, ["vary", "accept-language"]];
    const english = made.holds(200, varied, bytes("english"));
    const german = made.holds(200, varied, bytes("deutsch"));
    const ask = (language: string) => made.open("/a", [["accept-language", language]]);
    const got = [ask("en"), ...Array.from({ length: 20 }, () => ask("de"))];
    await made.arrived(21);
    await turns(2);
    english();
    await turns(5);
    german();
    const bodies = await Promise.all((await Promise.all(got)).map(({ rest }) => rest()));
    expect(bodies.filter((body) => body === "deutsch")).toHaveLength(20);
    expect(made.origin.requests).toHaveLength(2);
  });

  it("the fetch is given up when all of them have left, and not before", async () => {
    const made = reading();
    made.origin.answers(() => new Promise(() => {}));
    const leaving = [new Cancellation(), new Cancellation()];
    for (const cancellation of leaving) void made.request("GET", "/a", {}, { cancellation }).catch(() => {});
    await made.arrived(2);
    await turns(2);
    leaving[0]?.cancel();
    expect(made.origin.requests[0]?.cancellation.cancelled).toBe(false);
    leaving[1]?.cancel();
    expect(made.origin.requests[0]?.cancellation.cancelled).toBe(true);
  });

  it("only so many may; the next ones are told to come back", async () => {
    const made = reading({ limits: { maxWaitersPerKey: 2 } });
    const release = made.holds(200, PUBLIC, bytes("one"));
    const got = [1, 2, 3].map(() => made.open("/a"));
    await made.arrived(3);
    const { reply, outcome } = await made.open("/a");
    expect([reply.head.status, outcome]).toEqual([503, "waiters-full"]);
    expect(reply.head.fields.some(([name]) => name === "retry-after")).toBe(true);
    release();
    expect((await Promise.all(got)).map((one) => one.reply.head.status)).toEqual([200, 200, 200]);
    expect(made.origin.requests).toHaveLength(1);
  });

  it("only so many bytes of requests may, of all keys together; what waited is forgotten afterwards", async () => {
    const made = reading({ limits: { waitersMaxBytes: 10_000 } });
    const release = made.holds(200, PUBLIC, bytes("one"));
    const long: FieldLine = ["x-long", "x".repeat(3_000)];
    const got = [1, 2].map(() => made.open("/a", [long]));
    await made.arrived(2);
    const other = made.holds(200, PUBLIC, bytes("two"));
    got.push(made.open("/b", [long]));
    await made.arrived(3);
    expect((await made.open("/b", [long, long])).outcome).toBe("waiters-full");
    release();
    other();
    await Promise.all(got);
    expect(made.edge.flights.waitingBytes).toBe(0);
  });

  it("a stale response that may be served is better than a refusal", async () => {
    const made = reading({ limits: { maxWaitersPerKey: 0 } });
    made.origin.replies(200, { "cache-control": "max-age=60, stale-if-error=600", etag: '"v1"' }, "old");
    await made.get("/a");
    made.clock.advance(70_000);
    made.origin.answers(() => new Promise(() => {}));
    void made.open("/a");
    await made.arrived(2);
    await turns(2);
    const { outcome, rest } = await made.open("/a");
    expect([outcome, await rest()]).toEqual(["stale-if-error", "old"]);
  });
});
