/** Active checks on a virtual clock. */
import { describe, expect, it } from "vitest";
import { compileSite } from "../core/config/compile-config.ts";
import { defaultSettings } from "../core/config/settings.ts";
import type { HealthCheckConfig } from "../core/config/types.ts";
import type { Upstream, UpstreamRequest, UpstreamResult } from "../core/ports.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { bodyText } from "../runtime/memory/body-text.ts";
import { nodeHashing } from "../runtime/node/hashing.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import { HealthChecks } from "./health-checks.ts";
import { stateOf } from "./pool.ts";
import { poolLimits } from "./pool-limits.ts";
import { Pools } from "./pools.ts";

const answers = (status: number, body: ByteBody | undefined = undefined): UpstreamResult<ByteBody> => ({
  kind: "response",
  head: { status, fields: [] },
  body,
  closeDelimited: false,
});
const fails = (failure: "refused" | "first-byte-timeout" | "forbidden-address"): UpstreamResult<ByteBody> => ({
  kind: "failure",
  failure,
  detail: "",
});
async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("al");
  throw new Error("cut");
}
async function* inParts(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("all w");
  yield Buffer.from("ell");
}

async function checked(healthCheck: HealthCheckConfig) {
  const compiled = compileSite(
    {
      hosts: ["a.example"],
      origins: [{ url: "https://o.example" }],
      origin: { healthCheck, hostHeader: "www.o.example" },
    },
    { name: "a", appliedAtMs: 0 },
  );
  if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
  const clock = new VirtualClock();
  const pools = new Pools<typeof compiled.site>(poolLimits(defaultSettings), clock);
  const asked: UpstreamRequest<ByteBody>[] = [];
  let next: UpstreamResult<ByteBody> = answers(200);
  const upstream: Upstream<ByteBody> = {
    fetch: async (request) => {
      asked.push(request);
      return next;
    },
  };
  const checks = new HealthChecks({
    clock,
    upstream,
    bodies: byteBodies,
    pools,
    hashing: nodeHashing,
    readText: bodyText,
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const state = () => pools.of(compiled.site).status().servers.map(stateOf)[0];
  /** So many further checks with this result; the state after each. */
  const rounds = async (result: UpstreamResult<ByteBody>, count: number): Promise<string> => {
    const states: (string | undefined)[] = [];
    next = result;
    for (let round = 0; round < count; round += 1) {
      clock.advance(5500);
      await turn();
      states.push(state());
    }
    return states.join(" ");
  };
  checks.start([compiled.site]);
  await turn();
  return { checks, asked, rounds, state, site: compiled.site };
}

describe("health checks", () => {
  it("ask as the site says, at once and then at their interval, and stop", async () => {
    const { asked, rounds, checks } = await checked({ path: "/healthz" });
    expect(asked[0]).toMatchObject({
      method: "GET",
      target: "/healthz",
      allowPrivate: false,
      timeouts: { firstByteMs: 2000 },
    });
    expect(asked[0]?.fields[0]).toEqual(["host", "www.o.example"]);
    await rounds(answers(200), 3);
    expect(asked).toHaveLength(4);
    checks.stop();
    await rounds(answers(200), 3);
    expect(asked).toHaveLength(4);
  });

  it("go on undisturbed when the same sites are named again, and end with a site that is not", async () => {
    const { asked, rounds, checks, site } = await checked({});
    await rounds(answers(200), 1);
    for (let index = 0; index < 5; index += 1) checks.start([site]);
    expect(asked).toHaveLength(2);
    await rounds(answers(200), 1);
    expect(asked).toHaveLength(3);
    checks.start([{ ...site, name: "b", healthCheck: undefined }]);
    await rounds(answers(200), 3);
    expect(asked).toHaveLength(3);
  });

  it("need several results in a row to change their mind", async () => {
    const { rounds } = await checked({});
    expect(await rounds(fails("first-byte-timeout"), 2)).toBe("up up");
    expect(await rounds(answers(200), 1)).toBe("up");
    expect(await rounds(answers(500), 3)).toBe("up up suspect");
    expect(await rounds(answers(200), 2)).toBe("suspect up");
    expect(await rounds(fails("refused"), 2)).toBe("up down");
    expect(await rounds(answers(200), 2)).toBe("down up");
  });

  it.each<[string, HealthCheckConfig, UpstreamResult<ByteBody>, string]>([
    ["the expected status", { expectStatus: 204 }, answers(204), "up"],
    ["another status", { expectStatus: 204 }, answers(200), "suspect"],
    ["a redirect, which is not followed,", {}, answers(302), "suspect"],
    ["the expected text", { expectBody: "well" }, answers(200, Buffer.from("all well")), "up"],
    ["another text", { expectBody: "well" }, answers(200, Buffer.from("all bad")), "suspect"],
    ["no body where a text is expected", { expectBody: "well" }, answers(200), "suspect"],
    ["a forbidden address", {}, fails("forbidden-address"), "suspect"],
  ])("find %s", async (_, check, result, state) => {
    const { rounds, state: now } = await checked(check);
    await rounds(result, 3);
    expect(now()).toBe(state);
  });

  it("find a text across chunks, and a body that breaks", async () => {
    expect(await bodyText(inParts(), 100)).toBe("all well");
    expect(await bodyText(inParts(), 6)).toBe("all we");
    const { rounds } = await checked({ expectBody: "all" });
    await expect(bodyText(broken(), 100)).rejects.toThrow("cut");
    expect(await rounds(answers(200, broken()), 1)).toBe("unknown");
    expect(await rounds(answers(200, broken()), 1)).toBe("suspect");
  });
});
