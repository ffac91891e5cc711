/** What tells two stored responses apart before Vary does: site, scheme, host, path, query, and what a site adds. */
import { describe, expect, it } from "vitest";
import { type CacheKey, cacheKey, keyId, keyParts } from "../../core/cache/key.ts";
import { scenario } from "./harness.ts";

const FRESH = { "cache-control": "max-age=60" };
/** One answer after the other, each with its number. */
const numbered = (origin: ReturnType<typeof scenario>["origin"], count: number): void => {
  for (let number = 1; number <= count; number += 1) origin.replies(200, FRESH, `${number}`);
};

describe("a key", () => {
  it.each([
    ["case", "/a", "/A"],
    ["a trailing slash", "/a", "/a/"],
    ["two slashes", "/a/b", "/a//b"],
    ["an encoded letter", "/a", "/%61"],
    ["an encoded slash", "/a/b", "/a%2Fb"],
    ["the case of an encoding", "/a%2fb", "/a%2Fb"],
    ["an empty query", "/a", "/a?"],
    ["the order of parameters", "/a?x=1&y=2", "/a?y=2&x=1"],
    ["a plus for a space", "/a?x=+", "/a?x=%20"],
    ["a semicolon", "/a?x=1&y=2", "/a?x=1;y=2"],
  ])("differs by %s: bytes are compared, nothing is decoded", async (_name, one, other) => {
    const { get, origin } = scenario();
    numbered(origin, 2);
    expect((await get(one)).body).toBe("1");
    expect((await get(other)).body).toBe("2");
    expect(origin.requests.map(({ target }) => target)).toEqual([one, other]);
    expect([(await get(one)).outcome, (await get(other)).outcome]).toEqual(["hit", "hit"]);
  });

  it("takes parameters by name, keeps only those, and the origin gets what the key has", async () => {
    const { get, origin } = scenario({ config: { cache: { keyQuery: { allow: ["id", "page"], sort: true } } } });
    numbered(origin, 3);
    await get("/a?page=2&utm_source=x&id=7");
    expect((await get("/a?id=7&page=2&fbclid=y")).outcome).toBe("hit");
    await get("/a?id=7;page=3&page=2");
    await get("/a?%69d=7&page=2");
    expect(origin.requests.map(({ target }) => target)).toEqual([
      "/a?id=7&page=2",
      "/a?id=7;page=3&page=2",
      "/a?page=2",
    ]);
  });

  it("keeps the order of values of one name when parameters are sorted", async () => {
    const { get, origin } = scenario({ config: { cache: { keyQuery: { sort: true } } } });
    numbered(origin, 2);
    await get("/a?b=2&a=1&b=1");
    await get("/a?b=1&a=1&b=2");
    expect(origin.requests.map(({ target }) => target)).toEqual(["/a?a=1&b=2&b=1", "/a?a=1&b=1&b=2"]);
  });

  it("holds every value of a cookie, also one that only some servers would find", async () => {
    const { get, origin } = scenario({ config: { cache: { keyCookies: ["lang"] } } });
    const cookies = ["lang=en", "lang=en; lang=de", "a=b, lang=de; lang=en", 'a="x; lang=de"; lang=en', "slang=en", ""];
    numbered(origin, cookies.length);
    for (const cookie of cookies) await get("/a", cookie === "" ? {} : { cookie });
    // The last two have no such cookie.
    expect(origin.requests).toHaveLength(5);
    expect((await get("/a", { cookie: "theme=dark; lang=en" })).body).toBe("1");
  });

  it("tells an absent header from an empty one", async () => {
    const { get, origin } = scenario({ config: { cache: { keyHeaders: ["X-Plan"] } } });
    numbered(origin, 2);
    await get("/a");
    expect((await get("/a", { "x-plan": "" })).body).toBe("2");
  });

  it("sends a header of the key to the origin although its name is denied otherwise", async () => {
    const { get, origin } = scenario({ config: { cache: { keyHeaders: ["X-Forwarded-Prefix"] } } });
    numbered(origin, 2);
    await get("/a", { "x-forwarded-prefix": "/app" });
    expect(origin.saw("x-forwarded-prefix")).toBe("/app");
    expect((await get("/a")).body).toBe("2");
  });

  it("has the device class, and the origin hears from us which one it is", async () => {
    const { get, origin } = scenario({ config: { cache: { keyDeviceClass: true } } });
    numbered(origin, 2);
    await get("/a", { "user-agent": "Mozilla/5.0 (iPhone)", "x-antipode-device": "desktop" });
    expect(origin.saw("x-antipode-device")).toBe("mobile");
    expect((await get("/a", { "user-agent": "Mozilla/5.0 (Linux; Android 16; Pixel) Mobile" })).outcome).toBe("hit");
    expect((await get("/a", { "user-agent": "Mozilla/5.0 (X11)" })).body).toBe("2");
    expect(origin.saw("x-antipode-device")).toBe("desktop");
  });

  it("has the country, one value for all that are unknown, and the origin hears from us which one it is", async () => {
    const countries: Readonly<Record<string, string>> = {
      "198.51.100.1": "DE",
      "198.51.100.2": "DE",
      "203.0.113.1": "JP",
    };
    const { request, settled, origin } = scenario({
      config: { cache: { keyCountry: true } },
      countryOf: (address) => countries[address],
    });
    const from = async (address: string) => {
      const got = await request("GET", "/a", { "x-antipode-country": "FR" }, { from: address });
      await settled();
      return [got.body, got.record.country, origin.saw("x-antipode-country")];
    };
    numbered(origin, 3);
    expect(await from("198.51.100.1")).toEqual(["1", "DE", "DE"]);
    expect(await from("203.0.113.1")).toEqual(["2", "JP", "JP"]);
    expect(await from("192.0.2.7")).toEqual(["3", "XX", "XX"]);
    expect((await from("198.51.100.2"))[0]).toBe("1");
    expect((await from("192.0.2.8"))[0]).toBe("3");
    expect(origin.requests).toHaveLength(3);
  });

  it("by country: a change made from one country holds for all", async () => {
    const { request, settled, origin } = scenario({
      config: { cache: { keyCountry: true } },
      countryOf: (address) => (address === "192.0.2.1" ? "DE" : "JP"),
    });
    numbered(origin, 1);
    await request("GET", "/a", {}, { from: "192.0.2.2" });
    await settled();
    origin.replies(200).replies(200, FRESH, "new");
    await request("POST", "/a");
    expect((await request("GET", "/a", {}, { from: "192.0.2.2" })).body).toBe("new");
  });

  it("does not ask for countries that no key holds", async () => {
    const { get, origin } = scenario({
      countryOf: () => {
        throw new Error("nobody needs to know");
      },
    });
    numbered(origin, 1);
    expect((await get("/a")).record.country).toBeUndefined();
    expect(origin.saw("x-antipode-country")).toBeUndefined();
  });

  it("that is too long keeps its request away from the cache, and the outcome says so", async () => {
    const { get, origin } = scenario({ config: { cache: { keyHeaders: ["X-Plan"] } } });
    const long = `/${"a".repeat(4_200)}`;
    numbered(origin, 4);
    expect((await get(long)).outcome).toBe("pass-long-key");
    const again = await get(long);
    expect([again.outcome, again.body]).toEqual(["pass-long-key", "2"]);
    expect(again.header("cache-status")).toBe("nyc; fwd=bypass; detail=pass-long-key");
    expect((await get("/a", { "x-plan": "p".repeat(4_200) })).outcome).toBe("pass-long-key");
    expect((await get("/a", { "x-plan": "p".repeat(3_800) })).outcome).toBe("stored");
  });
});

describe("the parts of a key", () => {
  const choice = {
    keyRules: "0123456789abcdef",
    keyHeaders: ["x-plan"],
    keyCookies: ["lang"],
    keyDeviceClass: true,
    keyCountry: true,
  };
  const key = cacheKey(
    "shop",
    {
      method: "GET",
      scheme: "https",
      authority: "www.example.com",
      target: "/a%2Fb?x=1?2",
      fields: [
        ["cookie", "lang=de"],
        ["user-agent", "iPhone"],
      ],
    },
    choice,
    "AT",
  );

  it("can all be seen by name", () => {
    expect(keyParts(key)).toEqual([
      { part: "site", value: "shop" },
      { part: "scheme", value: "https" },
      { part: "host", value: "www.example.com" },
      { part: "path", value: "/a%2Fb" },
      { part: "query", value: "x=1?2" },
      { part: "header x-plan", value: undefined },
      { part: "cookie lang", value: "de" },
      { part: "device class", value: "mobile" },
      { part: "client country", value: "AT" },
      { part: "key rules", value: "0123456789abcdef" },
    ]);
  });

  it("each make another key", () => {
    const others: Partial<CacheKey>[] = [
      { site: "shop2" },
      { scheme: "http" },
      { authority: "www.example.com:8443" },
      { target: "/a/b?x=1?2" },
      { target: "/a%2Fb?x=1" },
      { keyRules: "fedcba9876543210" },
      ...key.chosen.map((_, index) => ({
        chosen: key.chosen.map(([name, value], at) => [name, at === index ? "other" : value] as const),
      })),
    ];
    const ids = [key, ...others.map((other) => ({ ...key, ...other }))].map(keyId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
