/** What may be stored, and what never (RFC 9111 §3). */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

const REFUSED: readonly [name: string, headers: Record<string, string>, reason: string][] = [
  ["no-store", { "cache-control": "no-store, max-age=60" }, "no-store"],
  ["private", { "cache-control": "private, max-age=60" }, "private"],
  ["no freshness and no validator", {}, "no-freshness"],
  ["Vary: *", { "cache-control": "max-age=60", vary: "*" }, "vary-star"],
  ["more Vary fields than may be stored", { "cache-control": "max-age=60", vary: "a, b, c, d, e" }, "vary-too-many"],
  ["a Cache-Control that cannot be read", { "cache-control": 'max-age=60, "oops' }, "cache-control-malformed"],
  ["a semicolon between directives", { "cache-control": "public; max-age=60" }, "cache-control-malformed"],
  ["Set-Cookie, in the safe profile", { "cache-control": "max-age=60", "set-cookie": "a=b" }, "set-cookie"],
];

describe("a response is not stored", () => {
  it.each(REFUSED)("with %s", async (_name, headers, reason) => {
    const { origin, get } = scenario();
    origin.replies(200, headers).replies(200, headers);
    const first = await get("/a");
    expect(first.outcome).toBe("not-stored");
    expect(first.header("cache-status")).toContain(`reason=${reason}`);
    expect((await get("/a")).outcome).toBe("hit-for-pass");
    expect(origin.requests).toHaveLength(2);
  });

  it("to a request with Authorization, unless the origin allows it", async () => {
    const { origin, get } = scenario();
    origin
      .replies(200, { "cache-control": "max-age=60" }, "alice")
      .replies(200, { "cache-control": "max-age=60" }, "bob");
    await get("/a", { authorization: "alice" });
    expect(await get("/a", { authorization: "bob" })).toMatchObject({ body: "bob" });
  });

  it.each(["public, max-age=60", "s-maxage=60", "max-age=60, must-revalidate"])(
    "… and with %s the origin does",
    async (value) => {
      const { origin, get } = scenario();
      origin.replies(200, { "cache-control": value }, "page");
      await get("/a", { authorization: "alice" });
      expect((await get("/a", { authorization: "bob" })).outcome).toBe("hit");
    },
  );

  it("when its body was cut", async () => {
    const { origin, get } = scenario();
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("cut");
    }
    const head = { status: 200, fields: [["cache-control", "max-age=60"]] } as const;
    origin.answers(() => ({ kind: "response", head, body: cut(), closeDelimited: false }));
    await expect(get("/a")).rejects.toThrow();
    origin.replies(200, { "cache-control": "max-age=60" }, "whole");
    expect(await get("/a")).toMatchObject({ body: "whole", outcome: "stored" });
  });

  it("when its end is only the end of the connection, in the safe profile", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60" }, "?", { closeDelimited: true });
    expect((await get("/a")).header("cache-status")).toContain("reason=close-delimited");
  });
});

describe("targeted directives (RFC 9213)", () => {
  it("in CDN-Cache-Control replace Cache-Control and Expires", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "no-store", "cdn-cache-control": "max-age=60" });
    await get("/a");
    clock.advance(30_000);
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("in a CDN-Cache-Control that is no dictionary count for nothing", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "no-store", "cdn-cache-control": "max-age=60, &&&" });
    expect((await get("/a")).header("cache-status")).toContain("reason=no-store");
  });

  it("in Surrogate-Control count for us and do not reach the client", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "no-store", "surrogate-control": "max-age=60" });
    expect((await get("/a")).header("surrogate-control")).toBeUndefined();
    expect((await get("/a")).outcome).toBe("hit");
  });
});

describe("fields", () => {
  it("named by no-cache or private are withheld from the store", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": 'max-age=60, private="x-user"', "x-user": "alice", "x-page": "1" });
    await get("/a");
    const hit = await get("/a");
    expect([hit.header("x-user"), hit.header("x-page")]).toEqual([undefined, "1"]);
  });

  it("of one connection, and those it names, are neither stored nor relayed", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", connection: "x-hop", "x-hop": "1", "keep-alive": "5" });
    const got = await get("/a");
    expect([got.header("x-hop"), got.header("keep-alive"), got.header("connection")]).toEqual(Array(3).fill(undefined));
    expect((await get("/a")).header("x-hop")).toBeUndefined();
  });

  it("that frameworks obey and no key holds never reach the origin", async () => {
    const { origin, get } = scenario();
    origin.replies(200, {});
    await get("/a", { "x-forwarded-host": "evil", "x-original-url": "/admin", "x-http-method-override": "DELETE" });
    expect(origin.saw("x-forwarded-host")).toBe("www.example.com");
    expect(origin.saw("x-original-url")).toBeUndefined();
    expect(origin.saw("x-http-method-override")).toBeUndefined();
  });
});
