/** Fields that are for one client: who causes a fetch gets them, nobody else does (RFC 9111 §5.2.2.4, §5.2.2.7). */
import { expect, it } from "vitest";
import { scenario } from "./harness.ts";

const FOR_ONE = {
  "cache-control": 'max-age=10, private="x-user", no-cache="x-once"',
  "x-user": "alice",
  "x-once": "1",
};

it("fields that are withheld from the store reach the client whose request fetched them", async () => {
  const { origin, get } = scenario();
  origin.replies(200, { ...FOR_ONE, "alt-svc": 'h3=":443"', "server-timing": "db;dur=1" });
  const first = await get("/a");
  const names = ["x-user", "x-once", "alt-svc", "server-timing"];
  expect(names.map((name) => first.header(name))).toEqual(["alice", "1", 'h3=":443"', "db;dur=1"]);
  const second = await get("/a");
  expect(second.outcome).toBe("hit");
  expect(names.map((name) => second.header(name))).toEqual([undefined, undefined, undefined, undefined]);
});

it("they do not reach those who shared the fetch", async () => {
  const { origin, request, settled } = scenario();
  origin.replies(200, FOR_ONE);
  const got = await Promise.all([request("GET", "/a"), request("GET", "/a")]);
  await settled();
  const shared = got.filter(({ outcome }) => outcome !== "stored");
  expect(shared.map((one) => [one.header("x-user"), one.header("x-once")])).toEqual([[undefined, undefined]]);
});

it("those of a 304 reach the client whose request was confirmed", async () => {
  const { origin, get, clock } = scenario();
  origin
    .replies(200, { ...FOR_ONE, etag: '"1"' })
    .replies(304, { ...FOR_ONE, etag: '"1"', "set-cookie": "session=bob" });
  await get("/a");
  clock.advance(11_000);
  const confirmed = await get("/a");
  expect([confirmed.header("x-user"), confirmed.header("set-cookie")]).toEqual(["alice", "session=bob"]);
  const hit = await get("/a");
  expect([hit.outcome, hit.header("x-user"), hit.header("set-cookie")]).toEqual(["hit", undefined, undefined]);
});

it("a cookie that a rule lets be left out of the store is set for the client whose request fetched it", async () => {
  const { origin, get } = scenario({ config: { cache: { storeSetCookie: true } } });
  origin.replies(200, { "cache-control": "max-age=60", "set-cookie": "session=alice" });
  expect((await get("/a")).header("set-cookie")).toBe("session=alice");
  expect((await get("/a")).header("set-cookie")).toBeUndefined();
});

it("the first answer is dated and aged as it came", async () => {
  const { origin, get } = scenario();
  origin.replies(200, { "cache-control": "max-age=60", date: "", age: "7" });
  const first = await get("/a");
  expect(first.header("age")).toBe("7");
  expect(first.header("date")).toBeDefined();
});
