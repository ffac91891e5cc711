/** What a site's rules do to requests and answers. */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

describe("rules", () => {
  it("redirect, with captures and the query kept", async () => {
    const { get, origin } = scenario({
      config: {
        rules: [{ match: { paths: ["/old/*"] }, redirect: { to: "https://www.example.com/new/$1", status: 301 } }],
      },
    });
    const got = await get("/old/page?x=1");
    expect(got).toMatchObject({ status: 301, outcome: "rule-redirect" });
    expect(got.header("location")).toBe("https://www.example.com/new/page?x=1");
    expect(origin.requests).toHaveLength(0);
  });

  it("rewrite the path for the key and the origin", async () => {
    const { get, origin } = scenario({
      config: { rules: [{ match: { paths: ["/app/*"] }, rewrite: { path: "/index.html" } }] },
    });
    origin.replies(200, { "cache-control": "max-age=60" });
    await get("/app/a");
    expect(origin.requests[0]?.target).toBe("/index.html");
    expect((await get("/app/b")).outcome).toBe("hit");
  });

  it("drop parameters from the key and from what the origin gets", async () => {
    const { get, origin } = scenario({ config: { cache: { keyQuery: { drop: ["utm_*"], sort: true } } } });
    origin.replies(200, { "cache-control": "max-age=60" });
    await get("/a?utm_source=x&b=2&a=1");
    expect(origin.requests[0]?.target).toBe("/a?a=1&b=2");
    expect((await get("/a?a=1&b=2&utm_campaign=y")).outcome).toBe("hit");
  });

  it("put chosen headers and cookies into the key", async () => {
    const { get, origin } = scenario({ config: { cache: { keyHeaders: ["X-Plan"], keyCookies: ["lang"] } } });
    const fresh = { "cache-control": "max-age=60" };
    origin.replies(200, fresh, "1").replies(200, fresh, "2").replies(200, fresh, "3");
    await get("/a", { "x-plan": "free" });
    await get("/a", { "x-plan": "paid" });
    await get("/a", { "x-plan": "paid", cookie: "a=b; lang=de" });
    expect((await get("/a", { "x-plan": "free" })).body).toBe("1");
    expect((await get("/a", { "x-plan": "paid" })).body).toBe("2");
    expect((await get("/a", { "x-plan": "paid", cookie: "lang=de; c=d" })).body).toBe("3");
  });

  it("bypass the cache where they say so, and for cookies of logged-in users", async () => {
    const { get, origin } = scenario({
      config: {
        cache: { bypassCookies: ["session"] },
        rules: [{ match: { paths: ["/admin/**"] }, cache: { mode: "bypass" } }],
      },
    });
    origin.replies(200, { "cache-control": "max-age=60" }).replies(200, {}).replies(200, {});
    await get("/a");
    expect((await get("/a", { cookie: "session=1" })).outcome).toBe("pass-request");
    expect((await get("/admin/x")).outcome).toBe("pass-request");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("set freshness by status, below a second too", async () => {
    const { get, origin, clock } = scenario({ config: { cache: { ttlByStatus: { "404": 0.5 } } } });
    origin.replies(404, {}, "none").replies(404, {}, "none");
    await get("/a");
    clock.advance(400);
    expect((await get("/a")).outcome).toBe("hit");
    clock.advance(200);
    expect((await get("/a")).outcome).not.toBe("hit");
  });

  it("edit headers both ways", async () => {
    const { get, origin } = scenario({
      config: {
        rules: [
          {
            match: {},
            requestHeaders: { set: { "X-Edge-Secret": "s" }, remove: ["Accept-Language"] },
            responseHeaders: { set: { "Strict-Transport-Security": "max-age=1" }, remove: ["Server"] },
          },
        ],
      },
    });
    origin.replies(200, { server: "nginx", "cache-control": "max-age=60" });
    const got = await get("/a", { "accept-language": "en" });
    expect([origin.saw("x-edge-secret"), origin.saw("accept-language")]).toEqual(["s", undefined]);
    expect([got.header("strict-transport-security"), got.header("server")]).toEqual(["max-age=1", undefined]);
    expect((await get("/a")).header("strict-transport-security")).toBe("max-age=1");
  });

  it("answer preflights and let the pages of allowed origins read", async () => {
    const { request, get, origin } = scenario({
      config: { rules: [{ match: {}, cors: { origins: ["https://app.example.com"], methods: ["GET", "PUT"] } }] },
    });
    const asked = { origin: "https://app.example.com", "access-control-request-method": "PUT" };
    const preflight = await request("OPTIONS", "/api", asked);
    expect(preflight).toMatchObject({ status: 204, outcome: "rule-preflight" });
    expect(preflight.header("access-control-allow-origin")).toBe("https://app.example.com");
    origin.replies(200, { "cache-control": "max-age=60" });
    expect((await get("/a", { origin: "https://app.example.com" })).header("access-control-allow-origin")).toBe(
      "https://app.example.com",
    );
    expect((await get("/a", { origin: "https://evil.example" })).header("access-control-allow-origin")).toBeUndefined();
  });

  it("show the site's own pages for errors and for maintenance", async () => {
    const { get, origin } = scenario({
      config: { rules: [{ match: {}, errorPages: { "502": { body: "back soon" } } }] },
    });
    origin.fails("refused");
    const got = await get("/a");
    expect(got).toMatchObject({ status: 502, body: "back soon", outcome: "origin-refused" });
    expect(got.header("cache-control")).toBe("no-store");
    const closed = scenario({
      config: { rules: [{ match: {}, maintenance: { body: "closed", retryAfterSeconds: 60 } }] },
    });
    const page = await closed.get("/a");
    expect(page).toMatchObject({ status: 503, body: "closed", outcome: "rule-maintenance" });
    expect(page.header("retry-after")).toBe("60");
  });

  it("keep everything from the cache in development mode, until it ends", async () => {
    const { get, origin, clock } = scenario({ config: { rules: [{ match: {}, development: { hours: 1 } }] } });
    origin
      .replies(200, { "cache-control": "max-age=86400" }, "1")
      .replies(200, { "cache-control": "max-age=86400" }, "2");
    await get("/a");
    expect((await get("/a")).outcome).toBe("pass-request");
    clock.advance(3_600_001);
    origin.replies(200, { "cache-control": "max-age=86400" }, "3");
    await get("/a");
    expect((await get("/a")).outcome).toBe("hit");
  });
});
