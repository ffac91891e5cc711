/** Requests that come together: who shares what with whom, and who never does. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import { arrivals } from "./arrivals.ts";
import { scenario } from "./harness.ts";

/** An origin whose next answer waits until it is released. */
function held(options: Parameters<typeof scenario>[0] = {}) {
  const made = scenario(options);
  const arrived = arrivals(made.edge);
  /** Queues an answer; returns how to let it go. */
  const holds = (status: number, fields: readonly FieldLine[], body = "body"): (() => void) => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    made.origin.answers(async () => {
      await released;
      const answer = status === 304 ? undefined : Buffer.from(body);
      return { kind: "response", head: { status, fields }, body: answer, closeDelimited: false };
    });
    return release;
  };
  return { ...made, holds, arrived };
}

const PUBLIC: readonly FieldLine[] = [["cache-control", "max-age=60"]];

describe("requests for one cold URL", () => {
  it("wait for one fetch and share its answer", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(200, PUBLIC, "one");
    const asked = Array.from({ length: 50 }, () => request("GET", "/a"));
    await arrived(50);
    release();
    const got = await Promise.all(asked.map((one) => one.catch(() => undefined)));
    expect(origin.requests).toHaveLength(1);
    const outcomes = got.map((one) => one?.outcome);
    expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "collapsed")).toHaveLength(49);
  });

  it("whose answer may not be stored ask one by one, and later ones do not wait at all", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(200, [["cache-control", "private"]], "alice's");
    const alice = request("GET", "/a", { cookie: "alice" });
    origin.replies(200, { "cache-control": "private" }, "bob's");
    const bob = request("GET", "/a", { cookie: "bob" });
    await arrived(2);
    release();
    expect((await alice).body).toBe("alice's");
    expect((await bob).body).toBe("bob's");
    const waits = holds(200, [["cache-control", "private"]], "carol's");
    const carol = request("GET", "/a", { cookie: "carol" });
    await arrived(3);
    origin.replies(200, { "cache-control": "private" }, "dave's");
    expect(await request("GET", "/a", { cookie: "dave" })).toMatchObject({ body: "dave's", outcome: "hit-for-pass" });
    waits();
    expect((await carol).body).toBe("carol's");
  });

  it("with Authorization never get another user's answer", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(200, PUBLIC, "alice's");
    const alice = request("GET", "/a", { authorization: "alice" });
    origin.replies(200, { "cache-control": "max-age=60" }, "bob's");
    const bob = request("GET", "/a", { authorization: "bob" });
    await arrived(2);
    release();
    expect([(await alice).body, (await bob).body]).toEqual(["alice's", "bob's"]);
  });

  it("of which one had Authorization do not make the others go alone afterwards", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60" }, "alice's").replies(200, { "cache-control": "max-age=60" });
    await get("/a", { authorization: "alice" });
    expect((await get("/a")).outcome).toBe("stored");
  });

  it("that select different variants get their own", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(200, [...PUBLIC, ["vary", "accept-language"]], "english");
    const english = request("GET", "/a", { "accept-language": "en" });
    const german = request("GET", "/a", { "accept-language": "de" });
    origin.replies(200, { "cache-control": "max-age=60", vary: "accept-language" }, "deutsch");
    await arrived(2);
    release();
    expect([(await english).body, (await german).body]).toEqual(["english", "deutsch"]);
  });

  it("do not share the answer to a range", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(206, [...PUBLIC, ["content-range", "bytes 0-0/3"]], "o");
    const part = request("GET", "/a", { range: "bytes=0-0" });
    await arrived(1);
    origin.replies(200, { "cache-control": "max-age=60" }, "one");
    expect((await request("GET", "/a")).body).toBe("one");
    release();
    expect(await part).toMatchObject({ status: 206, body: "o", outcome: "pass-range" });
  });

  it("go on waiting when the first client leaves", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(200, PUBLIC, "one");
    const cancellation = new Cancellation();
    const first = request("GET", "/a", {}, { cancellation });
    const second = request("GET", "/a");
    await arrived(2);
    cancellation.cancel();
    expect(origin.requests[0]?.cancellation.cancelled).toBe(false);
    release();
    await first.catch(() => {});
    expect((await second).body).toBe("one");
  });

  it("do not fail because the only other client left before", async () => {
    const { origin, request } = scenario();
    const cancellation = new Cancellation();
    origin.answers(
      (asked) =>
        new Promise((resolve) => {
          asked.cancellation.onCancel(() =>
            // The connection is torn down a little later than the wish.
            queueMicrotask(() => resolve({ kind: "failure", failure: "cancelled", detail: "" })),
          );
        }),
    );
    const first = request("GET", "/a", {}, { cancellation });
    cancellation.cancel();
    origin.replies(200, { "cache-control": "max-age=60" }, "one");
    const second = request("GET", "/a");
    expect((await first).outcome).toBe("client-left");
    expect(await second).toMatchObject({ status: 200, body: "one" });
  });
});

describe("the origin's 304 to a client's own condition", () => {
  const condition = { "if-none-match": '"v1"' };

  it("answers all who sent the same condition", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(304, [["etag", '"v1"'], ...PUBLIC]);
    const asked = [request("GET", "/a", condition), request("GET", "/a", condition)];
    await arrived(2);
    release();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([304, 304]);
    expect(origin.requests).toHaveLength(1);
  });

  it.each([
    ["to Authorization", "authorization", PUBLIC],
    ["that is private", "x-user", [["cache-control", "private"]] as const],
    ["that sets a cookie", "x-user", [...PUBLIC, ["set-cookie", "sid=alice"]] as const],
  ])("%s is for the one who asked", async (_what, name, fields) => {
    const { origin, request, holds, arrived } = held();
    const release = holds(304, [["etag", '"v1"'], ...fields]);
    const alice = request("GET", "/a", { ...condition, [name]: "alice" });
    const bob = request("GET", "/a", { ...condition, [name]: "bob" });
    origin.replies(200, { etag: '"v2"', "cache-control": "private" }, "bob's");
    await arrived(2);
    release();
    expect((await alice).status).toBe(304);
    expect(await bob).toMatchObject({ status: 200, body: "bob's" });
  });

  it("is not for those who would select another variant", async () => {
    const { origin, request, holds, arrived } = held();
    const release = holds(304, [["etag", '"v1"'], ...PUBLIC, ["vary", "accept-language"]]);
    const english = request("GET", "/a", { ...condition, "accept-language": "en" });
    const german = request("GET", "/a", { ...condition, "accept-language": "de" });
    origin.replies(200, { etag: '"v2"' }, "deutsch");
    await arrived(2);
    release();
    expect((await english).status).toBe(304);
    expect((await german).body).toBe("deutsch");
  });
});

describe("interim responses", () => {
  it("102 and 103 reach the client that waits, and are not stored", async () => {
    const { origin, request, settled, get } = scenario();
    origin.answers(async (asked) => {
      asked.onInterim?.({ status: 102, fields: [] });
      asked.onInterim?.({ status: 103, fields: [["link", "</a.css>; rel=preload"]] });
      const head = { status: 200, fields: PUBLIC };
      return { kind: "response", head, body: Buffer.from("one"), closeDelimited: false };
    });
    const interim: { status: number; fields: readonly FieldLine[] }[] = [];
    await request("GET", "/a", {}, { interim });
    await settled();
    expect(interim).toEqual([
      { status: 102, fields: [] },
      { status: 103, fields: [["link", "</a.css>; rel=preload"]] },
    ]);
    const hit = await get("/a");
    expect([hit.outcome, hit.header("link")]).toEqual(["hit", undefined]);
  });
});
