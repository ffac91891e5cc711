/** The RFCs rule by rule, as scenarios: the second half. */
import { describe, expect, it } from "vitest";
import { LETTER, MINUTE, second } from "./ask-twice.ts";
import { scenario } from "./harness.ts";

describe("a partial answer", () => {
  it("a 206 is relayed and never stored, whatever it says about itself", async () => {
    const { origin, get } = scenario(LETTER);
    const part = { ...MINUTE, "content-range": "bytes 4-9/10" };
    origin.replies(206, part, "01234").replies(206, part, "56789");
    expect(await get("/a", { range: "lines=4-9" })).toMatchObject({
      status: 206,
      body: "01234",
      outcome: "pass-range",
    });
    expect(await get("/a", { range: "lines=4-9" })).toMatchObject({
      status: 206,
      body: "56789",
      outcome: "pass-range",
    });
  });

  it("after a 206 the next request for the whole asks the origin for the whole", async () => {
    const { origin, get } = scenario(LETTER);
    origin.replies(206, { ...MINUTE, "content-range": "bytes 0-4/10" }, "01234").replies(200, MINUTE, "0123456789");
    await get("/a", { range: "lines=4-9" });
    expect(await get("/a")).toMatchObject({ status: 200, body: "0123456789", outcome: "stored" });
    expect(origin.saw("range")).toBeUndefined();
  });
});

describe("Vary (RFC 9111 §4.1)", () => {
  it("on several lines names all of their fields", async () => {
    const { origin, get } = scenario();
    const vary = { ...MINUTE, vary: ["x-a", "X-B, x-a"] };
    origin.replies(200, vary, "11").replies(200, vary, "12");
    await get("/a", { "x-a": "1", "x-b": "1" });
    expect((await get("/a", { "x-a": "1", "x-b": "2" })).body).toBe("12");
    expect((await get("/a", { "x-a": "1", "x-b": "1" })).outcome).toBe("hit");
  });

  it("tells an absent field from an empty one", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { ...MINUTE, vary: "x-a" }, "absent").replies(200, { ...MINUTE, vary: "x-a" }, "empty");
    await get("/a");
    expect((await get("/a", { "x-a": "" })).body).toBe("empty");
  });

  it("with a star among others is never reused", async () => {
    expect(await second({ ...MINUTE, vary: "x-a, *" })).toBe("asked again");
  });

  it("combines lines and ignores white space of lists, and nothing else", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { ...MINUTE, vary: "x-a" }, "one").replies(200, {}, "two");
    await get("/a", { "x-a": "1, 2" });
    expect((await get("/a", { "x-a": ["1", "2"] })).outcome).toBe("hit");
    expect((await get("/a", { "x-a": "2, 1" })).body).toBe("two");
  });
});

describe("targeted fields (RFC 9213)", () => {
  it.each([
    [{ "cdn-cache-control": "max-age=60", "cache-control": "no-store" }, "reused"],
    [{ "cdn-cache-control": "no-store", "cache-control": "max-age=60" }, "asked again"],
    [{ "cdn-cache-control": "max-age=0", ...MINUTE, expires: "Thu, 01 Jan 2026 00:01:00 GMT" }, "asked again"],
    [{ "cdn-cache-control": "private", ...MINUTE }, "asked again"],
    [{ "cdn-cache-control": "", ...MINUTE }, "reused"],
    [{ "cdn-cache-control": "MAX-AGE=60" }, "asked again"],
    [{ "cdn-cache-control": 'max-age="60"', ...MINUTE }, "reused"],
    [{ "cdn-cache-control": "max-age=60", "surrogate-control": "no-store" }, "reused"],
    [{ "surrogate-control": "no-store", ...MINUTE }, "asked again"],
    [{ "surrogate-control": "max-age=0+60", "cache-control": "no-store" }, "asked again"],
  ])("%o: %s", async (headers: Record<string, string>, verdict) => {
    expect(await second(headers)).toBe(verdict);
  });
});

describe("fields of one connection", () => {
  it("are never stored: Proxy-Authenticate, Keep-Alive, Upgrade and those that Connection names", async () => {
    const { origin, get } = scenario(LETTER);
    const hops = { "proxy-authenticate": "x", "keep-alive": "x", upgrade: "x", "x-mine": "x", connection: "x-mine" };
    origin.replies(200, { ...MINUTE, ...hops });
    await get("/a");
    const hit = await get("/a");
    expect(Object.keys(hops).map((name) => hit.header(name))).toEqual(Array(5).fill(undefined));
  });
});
