/** No room for what is on its way: answers are shared through small windows, and not stored. */
import { describe, expect, it } from "vitest";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { FILM, filming } from "./film.ts";
import { scenario } from "./harness.ts";

const FRESH = { "cache-control": "max-age=60", etag: '"v1"' };

/** A body that comes when it is told to. */
function arriving(bytes: number, length: "told" | "untold" = "told") {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    await gate;
    yield new TextEncoder().encode("x".repeat(bytes));
  }
  const fields = [
    ["cache-control", "max-age=60"] as const,
    ...(length === "told" ? [["content-length", `${bytes}`] as const] : []),
  ];
  const answer = async (_: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> => {
    return { kind: "response", head: { status: 200, fields }, body: body(), closeDelimited: false };
  };
  return { answer, go };
}

describe("memory of bodies on their way", () => {
  it("is reserved for a body of known length, and free again when that is whole", async () => {
    const { origin, request, edge, get, settled } = scenario({ limits: { fillsMaxBytes: 1_000 } });
    const first = arriving(900);
    origin.answers(first.answer).replies(200, { ...FRESH, "content-length": "101" }, "y".repeat(101));
    const slow = request("GET", "/slow");
    await expect.poll(() => edge.flights.memory.heldBytes).toBe(900);
    const other = await request("GET", "/other");
    expect(other).toMatchObject({ status: 200, outcome: "fills-full", body: "y".repeat(101) });
    first.go();
    expect(await slow).toMatchObject({ outcome: "stored" });
    await settled();
    expect(edge.flights.memory.heldBytes).toBe(0);
    expect(await get("/slow")).toMatchObject({ outcome: "hit" });
    origin.replies(200, { ...FRESH, "content-length": "101" }, "y".repeat(101));
    expect(await get("/other")).toMatchObject({ outcome: "stored" });
  });

  it("that is used up does not keep those who ask at once from sharing one answer", async () => {
    const { origin, request, edge, settled } = scenario({ limits: { fillsMaxBytes: 0 } });
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    origin.answers(async () => {
      await asked;
      const fields = [["cache-control", "max-age=60"] as const, ["content-length", "4"] as const];
      return { kind: "response", head: { status: 200, fields }, body: Buffer.from("page"), closeDelimited: false };
    });
    const asking = [1, 2, 3].map(() => request("GET", "/a"));
    // Each who waits takes at least 2 KiB.
    await expect.poll(() => edge.flights.waitingBytes).toBeGreaterThan(2 * 2_048);
    answer();
    const got = await Promise.all(asking);
    await settled();
    expect(got.map(({ outcome, body }) => [outcome, body])).toEqual([
      ["fills-full", "page"],
      ["collapsed", "page"],
      ["collapsed", "page"],
    ]);
    expect(origin.requests).toHaveLength(1);
  });

  it("is taken by a body of unknown length as it comes", async () => {
    const { origin, request, edge, settled } = scenario({ limits: { fillsMaxBytes: 1_000 } });
    const unknown = arriving(2_000, "untold");
    origin.answers(unknown.answer);
    const slow = request("GET", "/slow");
    await expect.poll(() => edge.flights.size).toBe(1);
    expect(edge.flights.memory.heldBytes).toBe(0);
    unknown.go();
    expect(await slow).toMatchObject({ outcome: "stored", body: "x".repeat(2_000) });
    await settled();
    expect(edge.flights.memory.heldBytes).toBe(0);
  });

  it("that does not suffice for a slice lets the range pass, and does not give up slices", async () => {
    const { get, asked, edge } = filming([{}, {}, {}], { fillsMaxBytes: 9 });
    const got = await get("/film", { range: "bytes=2-4" });
    expect(got).toMatchObject({ status: 206, body: FILM.slice(2, 5), outcome: "fills-full" });
    expect(await get("/film", { range: "bytes=2-4" })).toMatchObject({ outcome: "fills-full" });
    expect(asked()).toEqual(["bytes=0-9", "bytes=0-9"]);
    expect(edge.flights.memory.heldBytes).toBe(0);
  });
});
