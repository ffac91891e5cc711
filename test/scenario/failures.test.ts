/** What a client sees when the origin fails and nothing is stored. */
import { describe, expect, it } from "vitest";
import type { UpstreamFailure } from "../../core/ports.ts";
import { scenario } from "./harness.ts";

const TABLE: readonly [failure: UpstreamFailure, status: number, outcome: string][] = [
  ["refused", 502, "origin-refused"],
  ["unresolved", 502, "origin-unreachable"],
  ["tls", 502, "origin-tls"],
  ["reset", 502, "origin-reset"],
  ["malformed", 502, "origin-malformed"],
  ["forbidden-address", 502, "origin-forbidden"],
  ["connect-timeout", 504, "origin-timeout"],
  ["first-byte-timeout", 504, "origin-timeout"],
];

describe("an origin that fails", () => {
  it.each(TABLE)(
    "with %s is %i %s: a plain page that reflects nothing and is not cached",
    async (failure, status, outcome) => {
      for (const method of ["GET", "POST"]) {
        const { origin, request } = scenario();
        origin.fails(failure);
        const got = await request(method, "/secret-path?x=<script>");
        expect(got).toMatchObject({ status, outcome });
        expect(got.header("cache-control")).toBe("no-store");
        expect(got.body).not.toContain("secret-path");
        expect(got.body).not.toContain("<script>");
      }
    },
  );

  it.each(TABLE)("with %s is the site's own page, where it has one", async (failure, status, outcome) => {
    const rules = [{ match: {}, errorPages: { "5xx": { body: "<p>back soon</p>" } } }];
    for (const method of ["GET", "POST"]) {
      const { origin, request } = scenario({ config: { rules } });
      origin.fails(failure);
      expect(await request(method, "/a")).toMatchObject({ status, outcome, body: "<p>back soon</p>" });
    }
  });

  it("with all servers resting is the site's own page too", async () => {
    const rules = [{ match: {}, errorPages: { "503": { body: "<p>resting</p>" } } }];
    const { origin, get } = scenario({ config: { rules } });
    for (let index = 0; index < 20; index += 1) {
      origin.fails("reset");
      await get(`/${index}`);
    }
    expect(await get("/a")).toMatchObject({ status: 503, outcome: "origin-unavailable", body: "<p>resting</p>" });
  });

  it("is asked again only at its other servers, and only for what may be sent twice", async () => {
    const origins = [{ url: "http://one.test" }, { url: "http://two.test", backup: true }];
    const { origin, get, request } = scenario({ config: { origins } });
    origin.fails("reset").replies(200, {}, "two");
    expect((await get("/a")).body).toBe("two");
    expect(origin.requests.map(({ to }) => to.host)).toEqual(["one.test", "two.test"]);
    origin.fails("reset");
    expect((await request("POST", "/a")).status).toBe(502);
    expect(origin.requests).toHaveLength(3);
    origin.fails("reset").replies(204);
    expect((await request("PUT", "/a")).status).toBe(204);
    expect(origin.requests).toHaveLength(5);
  });
});
