/** Why a request is answered as it is, as an edge says it: with the decision that it would get. */
import { expect, it } from "vitest";
import { LastAnswers } from "../../edge/last-answers.ts";
import { readWhy } from "../../edge/read-why.ts";
import { whyOf } from "../../edge/why.ts";
import { scenario } from "./harness.ts";

/** An edge that can be asked. */
function asked(options: Parameters<typeof scenario>[0] = {}) {
  const made = scenario(options);
  const last = new LastAnswers();
  const why = async (target: string, headers: readonly string[] = [], authority = "www.example.com") => {
    for (const record of made.records) last.add(record);
    const question = readWhy({ scheme: "http", authority, target, headers, from: "192.0.2.1" });
    if (question === undefined) throw new Error("no question");
    return await whyOf(made.edge, last, question);
  };
  return { ...made, why };
}

it("what was never asked for is not stored; once it is, the next request is a hit for so long", async () => {
  const { why, get, origin, clock } = asked();
  expect(await why("/a")).toMatchObject({
    decision: "fill",
    says: [expect.stringContaining("nothing is stored for its key")],
  });
  origin.replies(200, { "cache-control": "max-age=60" }, "hello");
  await get("/a");
  clock.advance(20_000);
  const { decision, says, stored, key } = await why("/a");
  expect(decision).toBe("hit");
  expect(says).toEqual(["It is stored and fresh for 40 s more: the next request is a hit."]);
  expect(stored).toMatchObject([
    { status: 200, ageSeconds: 20, lifetimeSeconds: 60, source: "max-age", isUsable: true },
  ]);
  expect(key).toContainEqual({ part: "path", value: "/a" });
  expect((await get("/a")).outcome).toBe("hit");
});

it.each([
  [{ "cache-control": "private, max-age=60" }, "it is for one user"],
  [{ "cache-control": "no-store" }, "the origin forbids it"],
  [{ "cache-control": "max-age=60", "set-cookie": "a=b" }, "sets a cookie"],
  [{ "cache-control": "max-age=60", vary: "*" }, "Vary: *"],
  [{}, "nothing says how long it is good for"],
])("an answer with %j is said not to be stored, and why", async (headers, because) => {
  const { why, get, origin } = asked();
  origin.replies(200, headers, "hello");
  await get("/a");
  expect((await why("/a")).says.at(-1)).toContain(because);
});

it("what an unsafe request has changed is stored, and of no use", async () => {
  const { why, get, request, origin } = asked();
  origin.replies(200, { "cache-control": "max-age=60" }, "old").replies(200, {}, "done");
  await get("/a");
  await request("POST", "/a");
  const { decision, stored } = await why("/a");
  expect(decision).toBe("fill");
  expect(stored.every(({ isUsable }) => !isUsable)).toBe(true);
});

it("the rules that keep a request away are named; so are parts of the key", async () => {
  const { why } = asked({
    config: {
      rules: [{ match: { paths: ["/admin/**"] }, cache: { mode: "bypass" } }],
      cache: { keyCookies: ["plan"] },
    },
  });
  expect(await why("/admin/x")).toMatchObject({ decision: "pass", says: [expect.stringContaining("rules[0]")] });
  const { key } = await why("/a", ["Cookie: plan=gold"]);
  expect(key).toContainEqual({ part: "cookie plan", value: "gold" });
});

it("a host that no site has is said to be answered 421", async () => {
  const { why } = asked();
  expect((await why("/a", [], "evil.example")).says).toEqual(["No site has the host evil.example: 421."]);
});

it("asking changes nothing: no request goes out, no record is made", async () => {
  const { why, origin, records } = asked();
  await why("/a");
  expect(origin.requests).toHaveLength(0);
  expect(records).toHaveLength(0);
});

it.each([
  undefined,
  {},
  { authority: "a b" },
  { authority: "a.example", target: "x" },
  { authority: "a.example", method: "B AD" },
])("%j is no question", (about) => {
  expect(readWhy(about)).toBeUndefined();
});
