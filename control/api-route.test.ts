/** Control asks a router why a client goes where it goes. */
import { describe, expect, it } from "vitest";
import { firstRouter, routeAnswer } from "./api-route.ts";
import type { AdminAnswer } from "./node-watch.ts";
import { watchedNodes } from "./watched-nodes.ts";

const URL_ASKED = "http://localhost/v1/route?ip=192.0.2.1&host=a";

async function answered(answer: AdminAnswer | undefined | "none") {
  const queries: string[] = [];
  const response = await routeAnswer(async (query) => {
    queries.push(query);
    return answer;
  }, URL_ASKED);
  return { status: response.status, json: await response.json(), queries };
}

describe("GET /v1/route of control", () => {
  it("gives the router's answer and its refusal, the query as it was", async () => {
    const choice = { status: 200, json: { choice: "fra" } };
    expect(await answered(choice)).toEqual({ status: 200, json: { choice: "fra" }, queries: ["ip=192.0.2.1&host=a"] });
    expect((await answered({ status: 400, json: { title: "ip is not an address" } })).status).toBe(400);
    expect((await answered({ status: 500, json: undefined })).status).toBe(502);
  });

  it("says what to do when there is no router or it is silent", async () => {
    expect(await answered("none")).toMatchObject({
      status: 503,
      json: { detail: expect.stringContaining("--router") },
    });
    expect(await answered(undefined)).toMatchObject({ status: 503, json: { title: "The router does not answer" } });
  });
});

describe("the first router", () => {
  const nodes = watchedNodes({ dev: { router: { admin: "http://127.0.0.1:8280" } }, edges: { fra: {} } });

  it("is asked at its admin listener", async () => {
    const asked: string[] = [];
    const ask = firstRouter(nodes, async (url) => {
      asked.push(url);
      return undefined;
    });
    expect(await ask("ip=::1")).toBeUndefined();
    expect(asked).toEqual(["http://127.0.0.1:8280/v1/route?ip=::1"]);
  });

  it("is nobody where the config names none", async () => {
    expect(await firstRouter(watchedNodes({}), async () => undefined)("")).toBe("none");
  });
});
