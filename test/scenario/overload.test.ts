/** What an edge leaves off when it has more to do than it can, and what it never passes on. */
import { describe, expect, test } from "vitest";
import { scenario } from "./harness.ts";

const FRESH = { "cache-control": "max-age=60" };

describe("while work is turned away", () => {
  test("a failed request is not tried again", async () => {
    let mayRetry = false;
    const { origin, get } = scenario({ mayRetry: () => mayRetry });
    origin.fails("refused").replies(200, FRESH, "second");
    expect((await get("/a")).record.outcome).toBe("origin-refused");
    mayRetry = true;
    origin.fails("refused").replies(200, FRESH, "third");
    expect((await get("/b")).status).toBe(200);
  });

  test("nothing new is stored when memory is short", async () => {
    let mayStore = false;
    const { origin, get, settled } = scenario({ mayStore: () => mayStore });
    origin.replies(200, FRESH, "1").replies(200, FRESH, "2");
    expect((await get("/a")).body).toBe("1");
    await settled();
    mayStore = true;
    expect((await get("/a")).body).toBe("2");
    expect((await get("/a")).record.outcome).toBe("hit");
  });
});

describe("a header longer than an origin may see", () => {
  const long = { cookie: "c".repeat(8_000), "x-more": "m".repeat(4_000) };
  test("is a 431 that no origin hears of and nobody else gets", async () => {
    const { origin, get, request } = scenario();
    expect(await get("/a", long)).toMatchObject({ status: 431, record: { outcome: "too-large" } });
    expect((await request("POST", "/a", long)).status).toBe(431);
    expect(origin.requests).toHaveLength(0);
    origin.replies(200, FRESH, "fine");
    expect((await get("/a")).body).toBe("fine");
  });
  test("is no matter when the cache answers", async () => {
    const { origin, get } = scenario();
    origin.replies(200, FRESH, "1");
    await get("/a");
    expect((await get("/a", long)).record.outcome).toBe("hit");
  });
});
