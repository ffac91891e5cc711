/** The rules of purging by position (docs/purge.md), one by one, where an edge keeps or breaks them. */
import { describe, expect, it, vi } from "vitest";
import { emptyPurges, type Purge } from "../../core/ledger/purges.ts";
import type { UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { scenario } from "./harness.ts";

const EPOCH = "01J00000000000000000000000";
const MINUTE = { "cache-control": "max-age=60", etag: '"1"' };

/** An edge that follows a ledger; `after` is the one before a restart. */
function following(
  options: Parameters<typeof scenario>[0] = {},
  limits: Parameters<typeof emptyPurges>[0] = undefined,
) {
  const made = scenario(options);
  const { edge, clock } = made;
  let seq = 0;
  let table = emptyPurges(limits);
  const adopt = (): void => {
    const state = { position: { epoch: EPOCH, seq }, purges: new Map([["example", table]]), floor: undefined };
    edge.purges.adopt(state, edge.invalidations.moment(clock.nowMs()));
  };
  adopt();
  const purge = (scope: Purge["scope"], values: readonly string[] = [], more: Partial<Purge> = {}): void => {
    seq += 1;
    const at = { position: { epoch: EPOCH, seq }, atMs: clock.nowMs() };
    table = table.with({ scope, values, soft: false, settleSeconds: 0, ...more }, at);
    adopt();
  };
  /** The origin's next answer comes when the returned function is called. */
  const slowly = (status: number, fields: Record<string, string>, body = ""): (() => void) => {
    let arrive = (): void => {};
    const result: UpstreamResult<ByteBody> = {
      kind: "response",
      head: { status, fields: [["date", new Date(clock.nowMs()).toUTCString()], ...Object.entries(fields)] },
      body: status === 304 ? undefined : Buffer.from(body),
      closeDelimited: false,
    };
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    made.origin.answers(() => arrived.then(() => result));
    return () => arrive();
  };
  const asked = (count: number) => vi.waitFor(() => expect(made.origin.requests).toHaveLength(count), { interval: 1 });
  return { ...made, purge, slowly, asked };
}

describe("rule 1: what is stored starts where its request was handed to the origin", () => {
  it("a 304 to what was asked before a purge does not move what is stored behind it", async () => {
    const { origin, get, request, purge, slowly, asked, clock } = following();
    origin.replies(200, MINUTE, "old");
    await get("/a");
    clock.advance(61_000);
    const arrive = slowly(304, MINUTE);
    const before = request("GET", "/a");
    await asked(2);
    purge("url", ["//www.example.com/a"]);
    origin.replies(200, MINUTE, "new").replies(200, MINUTE, "new");
    arrive();
    expect((await before).status).toBe(200);
    expect((await get("/a")).body).toBe("new");
  });

  it("who takes over for a fetch that failed does not bring back what was purged meanwhile", async () => {
    const { origin, get, request, purge, slowly, asked, clock } = following();
    origin.replies(200, { "cache-control": "max-age=60, must-revalidate", etag: '"1"' }, "old");
    await get("/a");
    clock.advance(61_000);
    let fail = (): void => {};
    const failed = new Promise<void>((resolve) => {
      fail = resolve;
    });
    origin.answers(() => failed.then(() => ({ kind: "failure", failure: "reset", detail: "scripted" })));
    const [first, second] = [request("GET", "/a"), request("GET", "/a")];
    await asked(2);
    purge("url", ["//www.example.com/a"]);
    const arrive = slowly(200, MINUTE, "new");
    fail();
    await asked(3);
    expect(origin.saw("if-none-match"), "what is gone is no validator").toBeUndefined();
    arrive();
    expect((await first).status).toBeGreaterThanOrEqual(502);
    expect((await second).body).toBe("new");
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
  });

  it("a 304 does not put what was asked about in the place of what came later", async () => {
    const { origin, get, request, slowly, asked, clock } = following();
    origin.replies(200, { ...MINUTE, etag: '"1"' }, "old");
    await get("/a");
    clock.advance(61_000);
    const arrive = slowly(304, { ...MINUTE, etag: '"1"' });
    const head = request("HEAD", "/a");
    await asked(2);
    origin.replies(200, { ...MINUTE, etag: '"2"' }, "new");
    expect((await request("GET", "/a")).body).toBe("new");
    arrive();
    await head;
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
  });
});
