/** An origin that has stopped answering, and a stale response that may stand in: nobody waits long. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { scenario } from "./harness.ts";

const KEPT = { "cache-control": "max-age=60, stale-if-error=6000", etag: '"1"' };
const SETTINGS = { origin: { allowPrivate: true, staleAfterMs: 1_000 } };

/** Lets everything run that needs no time. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A scenario with stale pages, whose origin holds its answers back. */
async function hung(pages: readonly string[], config: object = SETTINGS) {
  const world = scenario({ config });
  for (const page of pages) {
    world.origin.replies(200, KEPT, `kept ${page}`);
    await world.get(page);
  }
  world.clock.advance(90_000);
  const held: ((result: UpstreamResult<ByteBody>) => void)[] = [];
  const hold = (times: number): void => {
    for (let index = 0; index < times; index += 1) {
      world.origin.answers(() => new Promise((resolve) => held.push(resolve)));
    }
  };
  const fresh = (body: string): UpstreamResult<ByteBody> => {
    const fields = [
      ["cache-control", "max-age=60"] as const,
      ["date", new Date(world.clock.nowMs()).toUTCString()] as const,
    ];
    return { kind: "response", head: { status: 200, fields }, body: Buffer.from(body), closeDelimited: false };
  };
  return { ...world, held, hold, fresh };
}

describe("an origin that does not answer", () => {
  it("is waited for as long as the site says; then what is stale answers, and what comes later is stored", async () => {
    const { clock, request, hold, held, fresh, settled } = await hung(["/a"]);
    hold(1);
    const [leader, waiter] = [request("GET", "/a"), request("GET", "/a")];
    await turn();
    clock.advance(999);
    await turn();
    clock.advance(1);
    for (const got of await Promise.all([leader, waiter])) {
      expect(got).toMatchObject({ status: 200, body: "kept /a", outcome: "stale-if-slow" });
    }
    held[0]?.(fresh("new"));
    await settled();
    expect(await request("GET", "/a")).toMatchObject({ body: "new", outcome: "hit" });
  });

  it("is known to be silent then: stale pages answer at once, few ask whether it is back, others wait", async () => {
    const pages = Array.from({ length: 10 }, (_, index) => `/${index}`);
    const { clock, origin, request, hold, held, fresh, settled } = await hung(pages);
    hold(20);
    const first = request("GET", "/0");
    await turn();
    clock.advance(1_000);
    await first;
    for (const page of pages) expect(await request("GET", page)).toMatchObject({ outcome: "stale-if-slow" });
    expect(origin.requests).toHaveLength(10 + 4);
    const missing = request("GET", "/missing");
    await turn();
    expect(origin.requests).toHaveLength(10 + 5);
    for (const [index, answer] of held.entries()) answer(fresh(`new ${index}`));
    expect(await missing).toMatchObject({ status: 200, body: "new 4" });
    await settled();
    expect(await request("GET", "/1")).toMatchObject({ outcome: "hit" });
    const again = request("GET", "/9");
    await turn();
    held.at(-1)?.(fresh("well again"));
    expect(await again).toMatchObject({ body: "well again", outcome: "revalidated-changed" });
  });

  it("is asked whether it is back although many downloads of it are still under way", async () => {
    const { edge, clock, request, hold, held, fresh, settled } = await hung(["/a", "/b"]);
    const [only] = edge.pools.entries();
    for (let download = 0; download < 10; download += 1) {
      const lease = await only?.pool.acquire({ tried: new Set(), cancellation: new Cancellation() });
      if (typeof lease === "object") lease.ended("ok");
    }
    hold(1);
    const first = request("GET", "/a");
    await turn();
    clock.advance(1_000);
    await first;
    clock.advance(14_000);
    held[0]?.({ kind: "failure", failure: "first-byte-timeout", detail: "scripted" });
    await settled();
    hold(1);
    expect(await request("GET", "/b")).toMatchObject({ outcome: "stale-if-slow" });
    held[1]?.(fresh("new"));
    await settled();
    expect(await request("GET", "/b")).toMatchObject({ outcome: "hit", body: "new" });
  });

  it("after its time limit is still silent, until it answers one of those who ask", async () => {
    const { clock, request, hold, held, fresh, settled } = await hung(["/a", "/b"]);
    hold(1);
    const first = request("GET", "/a");
    await turn();
    clock.advance(1_000);
    await first;
    clock.advance(14_000);
    held[0]?.({ kind: "failure", failure: "first-byte-timeout", detail: "scripted" });
    await settled();
    hold(1);
    expect(await request("GET", "/b")).toMatchObject({ outcome: "stale-if-slow" });
    held[1]?.(fresh("new"));
    await settled();
    expect(await request("GET", "/b")).toMatchObject({ outcome: "hit", body: "new" });
  });

  it("is waited for when nothing stale may stand in: forbidden, too old, asked for anew, or not wanted by the site", async () => {
    const strict = await hung([]);
    strict.origin.replies(200, { "cache-control": "max-age=60, must-revalidate", etag: '"1"' }, "strict");
    await strict.get("/s");
    strict.clock.advance(90_000);
    strict.hold(1);
    const waiting = strict.request("GET", "/s");
    await turn();
    strict.clock.advance(10_000);
    await turn();
    strict.held[0]?.(strict.fresh("fresh"));
    expect(await waiting).toMatchObject({ body: "fresh" });
    const patient = await hung(["/a"], { origin: { allowPrivate: true, staleAfterMs: 0 } });
    patient.hold(1);
    const long = patient.request("GET", "/a");
    await turn();
    patient.clock.advance(10_000);
    await turn();
    patient.held[0]?.(patient.fresh("late"));
    expect(await long).toMatchObject({ body: "late" });
  });

  it("gives HEAD the same", async () => {
    const { clock, request, hold } = await hung(["/a"]);
    hold(1);
    const head = request("HEAD", "/a");
    await turn();
    clock.advance(1_000);
    expect(await head).toMatchObject({ status: 200, body: "", outcome: "stale-if-slow" });
  });
});
