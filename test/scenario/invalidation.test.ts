/** Invalidation: what unsafe requests end the use of (RFC 9111 §4.4), and groups of responses (RFC 9875). */
import { describe, expect, it } from "vitest";
import { arrivals } from "./arrivals.ts";
import { scenario } from "./harness.ts";

const MINUTE = { "cache-control": "max-age=60" };

/** An edge with some responses stored. */
async function storedAt(targets: readonly string[], headers: Record<string, string> = MINUTE) {
  const made = scenario();
  for (const target of targets) {
    made.origin.replies(200, headers, `old ${target}`);
    await made.get(target);
  }
  return made;
}

describe("a successful unsafe request", () => {
  it.each(["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "X-NEW"])("%s ends the use of its own URL", async (method) => {
    const { origin, request, get } = await storedAt(["/a"]);
    origin.replies(204, {});
    await request(method, "/a");
    origin.replies(200, MINUTE, "new");
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "stored" });
  });

  it.each([
    ["location", "/b"],
    ["content-location", "/b"],
    ["location", "b"],
    ["location", "../x/../b?"],
    ["location", "http://www.example.com/b"],
    ["location", "HTTP://WWW.example.com:80/b#part"],
  ])("and that of %s: %s", async (name, value) => {
    const { origin, request, get } = await storedAt(["/b", "/b?"]);
    origin.replies(201, { [name]: value });
    await request("POST", "/a");
    origin.replies(200, MINUTE, "new");
    const target = value.endsWith("?") ? "/b?" : "/b";
    expect((await get(target)).body).toBe("new");
  });

  it("and that of a Location that is only an authority, which means its root", async () => {
    const { origin, request, get } = await storedAt(["/"]);
    origin.replies(303, { location: "http://www.example.com" });
    await request("POST", "/a");
    origin.replies(200, MINUTE, "new");
    expect((await get("/")).body).toBe("new");
  });

  it.each([
    "http://other.example/b",
    "//other.example/b",
    "https://www.example.com/b",
    "http://www.example.com:8080/b",
  ])("but not of another origin: %s", async (location) => {
    const { origin, request, get } = await storedAt(["/b"]);
    origin.replies(201, { location });
    await request("POST", "/a");
    expect((await get("/b")).outcome).toBe("hit");
  });

  it("reaches every variant", async () => {
    const { origin, request, get } = scenario();
    const vary = { ...MINUTE, vary: "accept-language" };
    origin.replies(200, vary, "en").replies(200, vary, "de").replies(204, {});
    await get("/a", { "accept-language": "en" });
    await get("/a", { "accept-language": "de" });
    await request("PUT", "/a");
    origin.replies(200, vary, "new en").replies(200, vary, "new de");
    expect((await get("/a", { "accept-language": "en" })).body).toBe("new en");
    expect((await get("/a", { "accept-language": "de" })).body).toBe("new de");
  });

  it("reaches what is stored under the keys of other users, too", async () => {
    const { origin, request, get } = scenario({ config: { cache: { keyCookies: ["plan"] } } });
    origin.replies(200, MINUTE, "free").replies(200, MINUTE, "paid").replies(204, {});
    await get("/a", { cookie: "plan=free" });
    await get("/a", { cookie: "plan=paid" });
    await request("POST", "/a", { cookie: "plan=paid" });
    origin.replies(200, MINUTE, "new free").replies(200, MINUTE, "new paid");
    expect((await get("/a", { cookie: "plan=free" })).body).toBe("new free");
    expect((await get("/a", { cookie: "plan=paid" })).body).toBe("new paid");
    expect((await get("/a", { cookie: "plan=free" })).outcome).toBe("hit");
  });
});

describe("an unsafe request that failed, and a safe one", () => {
  it.each([
    ["POST", 400],
    ["POST", 500],
    ["OPTIONS", 200],
    ["PROPFIND", 207],
  ])("end nothing: %s, %d", async (method, status) => {
    const { origin, request, get } = await storedAt(["/a"]);
    origin.replies(status, {});
    await request(method, "/a");
    expect((await get("/a")).outcome).toBe("hit");
  });
});

describe("a fetch that was under way when its URL became invalid", () => {
  /** A GET whose origin answers when told. */
  async function slowly(target: string, headers: Record<string, string> = MINUTE) {
    const made = scenario();
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    made.origin.answers(async () => {
      await answered;
      const fields = Object.entries(headers);
      return { kind: "response", head: { status: 200, fields }, body: Buffer.from("old"), closeDelimited: false };
    });
    const arrived = arrivals(made.edge);
    const first = made.request("GET", target);
    await arrived(1);
    return { ...made, answer, arrived, first };
  }

  it("answers who asked before, and is not stored", async () => {
    const { origin, request, get, answer, first, settled } = await slowly("/a");
    origin.replies(204, {});
    await request("DELETE", "/a");
    answer();
    expect((await first).body).toBe("old");
    await settled();
    origin.replies(404, {}, "gone");
    expect((await get("/a")).body).toBe("gone");
  });

  it("is not joined by who asks afterwards", async () => {
    const { origin, request, answer, first } = await slowly("/a");
    origin.replies(204, {}).replies(200, MINUTE, "new");
    await request("PUT", "/a");
    expect((await request("GET", "/a")).body).toBe("new");
    answer();
    expect((await first).body).toBe("old");
  });

  it("by a group is not used for who asks afterwards, nor stored", async () => {
    const { origin, request, get, answer, arrived, first, settled } = await slowly("/a", {
      ...MINUTE,
      "cache-groups": '"g"',
    });
    origin.replies(204, { "cache-group-invalidation": '"g"' });
    await request("POST", "/other");
    const second = request("GET", "/a");
    origin.replies(200, { ...MINUTE, "cache-groups": '"g"' }, "new");
    await arrived(3);
    answer();
    expect((await first).body).toBe("old");
    expect((await second).body).toBe("new");
    await settled();
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
  });
});

describe("groups (RFC 9875)", () => {
  const inGroups = (groups: string) => ({ ...MINUTE, "cache-groups": groups });

  it("named in the answer to an unsafe request are not used any more, others are", async () => {
    const { origin, request, get } = scenario();
    origin.replies(200, inGroups('"news", "home"'), "a").replies(200, inGroups('"sport"'), "b");
    await get("/a");
    await get("/b");
    origin.replies(200, { "cache-group-invalidation": '"news";why=edit, "weather"' });
    await request("POST", "/edit");
    origin.replies(200, inGroups('"news"'), "new a");
    expect(await get("/a")).toMatchObject({ body: "new a", outcome: "stored" });
    expect(await get("/a")).toMatchObject({ body: "new a", outcome: "hit" });
    expect((await get("/b")).outcome).toBe("hit");
  });

  it("named in the answer to a safe request stay", async () => {
    const { origin, get } = await storedAt(["/a"], inGroups('"g"'));
    origin.replies(200, { "cache-group-invalidation": '"g"' });
    await get("/b");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("are compared character by character", async () => {
    const { origin, request, get } = await storedAt(["/a"], inGroups('"G"'));
    origin.replies(200, { "cache-group-invalidation": '"g"' });
    await request("POST", "/b");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("do not cascade: a response that shares another group with an invalid one stays", async () => {
    const { origin, request, get } = scenario();
    origin.replies(200, inGroups('"one", "two"'), "a").replies(200, inGroups('"two"'), "b");
    await get("/a");
    await get("/b");
    origin.replies(200, { "cache-group-invalidation": '"one"' });
    await request("POST", "/c");
    expect((await get("/b")).outcome).toBe("hit");
  });

  it("of a response that is not a list of strings are none", async () => {
    const { origin, request, get } = await storedAt(["/a"], inGroups("g"));
    origin.replies(200, { "cache-group-invalidation": '"g"' });
    await request("POST", "/b");
    expect((await get("/a")).outcome).toBe("hit");
  });
});

describe("POST", () => {
  const SELF = { "cache-control": "max-age=60", "content-location": "/a" };

  it("whose answer says that it is what GET gives is stored for GET", async () => {
    const { origin, request, get, settled } = scenario();
    origin.replies(200, SELF, "made");
    expect((await request("POST", "/a")).outcome).toBe("stored");
    await settled();
    expect(await get("/a")).toMatchObject({ body: "made", outcome: "hit" });
  });

  it.each([
    ["another Content-Location", { ...SELF, "content-location": "/b" }],
    ["no explicit freshness", { "content-location": "/a", etag: '"1"' }],
    ["no Content-Location", MINUTE],
  ])("with %s is not", async (_why, headers) => {
    const { origin, request, get } = scenario();
    origin.replies(200, headers, "made").replies(200, {}, "got");
    expect((await request("POST", "/a")).outcome).toBe("pass-method");
    expect((await get("/a")).body).toBe("got");
  });

  it("past a cache that a rule bypasses is never stored", async () => {
    const { origin, request, get, settled } = scenario({ config: { cache: { bypassCookies: ["session"] } } });
    origin.replies(200, SELF, "alice's").replies(200, {}, "public");
    expect((await request("POST", "/a", { cookie: "session=alice" })).outcome).toBe("pass-request");
    await settled();
    expect((await get("/a")).body).toBe("public");
  });

  it("is never answered from the store", async () => {
    const { origin, request } = await storedAt(["/a"]);
    origin.replies(200, {}, "posted");
    expect(await request("POST", "/a")).toMatchObject({ body: "posted", outcome: "pass-method" });
  });
});
