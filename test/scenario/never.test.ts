/** What must never happen, in either profile (docs/conformance.md, "Never"). */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

const PROFILES = ["safe", "rfc9111"] as const;
const MINUTE = { "cache-control": "max-age=60" };

describe.each(PROFILES)("in %s", (profile) => {
  const made = () => scenario({ rules: { profile } });

  it.each([
    ["nothing said", {}],
    ["only max-age", MINUTE],
    ["only Expires", { expires: "Fri, 01 Jan 2027 00:00:00 GMT" }],
    ["only a validator", { etag: '"1"', "last-modified": "Thu, 01 Jan 2015 00:00:00 GMT" }],
    ["private and public", { "cache-control": "private, public, max-age=60" }],
  ])("an answer to Authorization is never another user's, with %s", async (_what, headers: Record<string, string>) => {
    const { origin, get } = made();
    origin.replies(200, headers, "alice's").replies(200, headers, "bob's").replies(200, headers, "nobody's");
    await get("/a", { authorization: "alice" });
    expect((await get("/a", { authorization: "bob" })).body).toBe("bob's");
    expect((await get("/a")).body).toBe("nobody's");
  });

  it.each(["/account/x.css", "/account;x.js", "/logo.png", "/static/..%2faccount.jpg", "/a.css?x=.woff2"])(
    "a file extension alone makes nothing storable: %s",
    async (target) => {
      const { origin, get } = made();
      origin.replies(200, { "content-type": "text/css" }, "alice's").replies(200, {}, "bob's");
      await get(target, { cookie: "session=alice" });
      expect((await get(target, { cookie: "session=bob" })).body).toBe("bob's");
    },
  );

  it("a body that was cut is never served as whole", async () => {
    const { origin, get } = made();
    origin.answers(() => {
      async function* cut(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("half");
        throw new Error("cut");
      }
      const head = { status: 200, fields: [["cache-control", "max-age=60"]] } as const;
      return { kind: "response", head, body: cut(), closeDelimited: false };
    });
    await get("/a").catch(() => {});
    origin.replies(200, MINUTE, "whole");
    expect((await get("/a")).body).toBe("whole");
  });

  it.each([
    'max-age=60, "',
    "max-age=60 public",
    "public; max-age=60",
    "max-age=60, =x",
    "max-age=60, a b",
    "max-age=60,\u0000",
  ])("a Cache-Control that cannot be read (%j) permits nothing", async (value) => {
    const { origin, get } = made();
    const headers = { "cache-control": value, "last-modified": "Thu, 01 Jan 2015 00:00:00 GMT" };
    origin.replies(200, headers, "one").replies(200, headers, "two");
    await get("/a");
    expect((await get("/a")).body).toBe("two");
  });

  it.each(
    (
      "x-host x-original-host x-original-url x-original-uri x-rewrite-url x-forwarded-port x-forwarded-prefix " +
      "x-forwarded-path x-forwarded-scheme x-forwarded-ssl x-forwarded-server forwarded forwarded-host x-http-method " +
      "x-http-method-override x-method-override x-http-host-override x-proxy-url x-scheme x-script-name x-real-ip " +
      "x-backend-host client-ip true-client-ip base-url proxy request-uri x-middleware-prefetch"
    ).split(" "),
  )("%s, which frameworks obey and no key holds, never reaches the origin unkeyed", async (name) => {
    const { origin, get } = made();
    origin.replies(200, MINUTE, "clean");
    await get("/a", { [name]: "evil" });
    expect(origin.saw(name)).toBeUndefined();
    expect(await get("/a")).toMatchObject({ body: "clean", outcome: "hit" });
  });

  it("such a field that a stored Vary names is keyed, and then reaches the origin", async () => {
    const { origin, get } = made();
    origin.replies(200, { ...MINUTE, vary: "x-forwarded-prefix" }, "plain");
    await get("/a");
    origin.replies(200, { ...MINUTE, vary: "x-forwarded-prefix" }, "evil");
    await get("/a", { "x-forwarded-prefix": "/evil" });
    expect(origin.saw("x-forwarded-prefix")).toBe("/evil");
    expect(await get("/a")).toMatchObject({ body: "plain", outcome: "hit" });
  });

  it("a body on GET neither reads nor writes the store", async () => {
    const { origin, request, get } = made();
    origin.replies(200, MINUTE, "fat").replies(200, MINUTE, "clean").replies(200, MINUTE, "fat again");
    expect((await request("GET", "/a", {}, { body: "x=1" })).outcome).toBe("pass-request");
    expect((await get("/a")).body).toBe("clean");
    expect((await request("GET", "/a", {}, { body: "x=1" })).body).toBe("fat again");
  });
});

describe("Set-Cookie", () => {
  it("Set-Cookie keeps a response out of the store in safe, and does not in rfc9111", async () => {
    for (const [profile, outcome, cookie] of [
      ["safe", "hit-for-pass", "session=bob"],
      ["rfc9111", "hit", "session=alice"],
    ] as const) {
      const { origin, get } = scenario({ rules: { profile } });
      origin.replies(200, { ...MINUTE, "set-cookie": "session=alice" });
      origin.replies(200, { ...MINUTE, "set-cookie": "session=bob" });
      await get("/a");
      const got = await get("/a");
      expect([got.outcome, got.header("set-cookie")], profile).toEqual([outcome, cookie]);
    }
  });

  it("where a rule lets such responses be stored, is not stored with them", async () => {
    const { origin, get } = scenario({ config: { cache: { storeSetCookie: true } } });
    origin.replies(200, { ...MINUTE, "set-cookie": "session=alice" }, "page");
    await get("/a");
    const hit = await get("/a");
    expect([hit.outcome, hit.body, hit.header("set-cookie")]).toEqual(["hit", "page", undefined]);
  });

  it("of a 304 is not stored in safe", async () => {
    const { origin, get, clock } = scenario();
    const headers = { "cache-control": "max-age=10", etag: '"1"' };
    origin.replies(200, headers).replies(304, { ...headers, "set-cookie": "session=alice" });
    await get("/a");
    clock.advance(11_000);
    await get("/a");
    expect((await get("/a")).header("set-cookie")).toBeUndefined();
  });
});

describe("an origin's answer", () => {
  it("an origin's answer that is not HTTP is 502", async () => {
    const { origin, get } = scenario();
    origin.fails("malformed");
    expect(await get("/a")).toMatchObject({ status: 502, outcome: "origin-malformed" });
  });
});
