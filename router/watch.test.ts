/** The probe loop on a virtual clock: when an edge leaves rotation, and when it comes back. */

import { describe, expect, it } from "vitest";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import type { UpstreamFailure, UpstreamRequest, UpstreamResult } from "../core/ports.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import { Watch } from "./watch.ts";

/** What the edge does: answers with a status, fails, or says nothing. */
type Behaviour = number | UpstreamFailure | "silent";

const LIMITS = { probeIntervalMs: 1000, probeTimeoutMs: 500, confirmAfterMs: 200 };

function watched(initial: Behaviour = 200) {
  const clock = new VirtualClock();
  const startMs = clock.nowMs();
  const edge = { behaviour: initial };
  const probesAtMs: number[] = [];
  const changes: (readonly [atMs: number, state: string])[] = [];
  const upstream = {
    fetch: (request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> => {
      probesAtMs.push(clock.nowMs() - startMs);
      return answer(edge.behaviour, request);
    },
  };
  const target = { scheme: "http", host: "192.0.2.1", port: 80 } as const;
  const watch = new Watch<ByteBody>({
    ...{ clock, upstream, limits: LIMITS, bodies: byteBodies, rules: EDGE_HEALTH_RULES },
    edges: [{ id: "fra", target }],
    onChange: (_edge, _before, after) => changes.push([clock.nowMs() - startMs, after]),
  });
  const run = async (ms: number) => {
    await settle();
    for (let step = 0; step < ms / 10; step += 1) {
      clock.advance(10);
      await settle();
    }
  };
  return { watch, edge, run, probesAtMs, changes };
}

function answer(behaviour: Behaviour, request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
  if (typeof behaviour === "number") {
    const head = { status: behaviour, fields: [] };
    return Promise.resolve({ kind: "response", head, body: undefined, closeDelimited: false });
  }
  if (behaviour !== "silent") return Promise.resolve({ kind: "failure", failure: behaviour, detail: "" });
  return new Promise((resolve) => {
    request.cancellation.onCancel(() => resolve({ kind: "failure", failure: "cancelled", detail: "" }));
  });
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe("a watched edge", () => {
  it("is probed every second on the path of users", async () => {
    const { watch, run, probesAtMs } = watched();
    watch.start();
    await run(3000);
    expect(probesAtMs).toEqual([0, 1000, 2000, 3000]);
    expect(watch.stateOf("fra")).toBe("up");
  });

  it("that dies is down after one probe and its confirmation, and up again after two good ones", async () => {
    const { watch, edge, run, changes } = watched();
    watch.start();
    await run(500);
    edge.behaviour = "refused";
    await run(1000);
    edge.behaviour = 200;
    await run(2000);
    expect(changes).toEqual([
      [0, "up"],
      [1200, "down"],
      [2400, "up"],
    ]);
  });

  it("that goes silent is suspect within three seconds, never down on one observer's word", async () => {
    const { watch, edge, run, changes } = watched();
    watch.start();
    await run(10);
    edge.behaviour = "silent";
    await run(10_000);
    expect(changes.map(([, state]) => state)).toEqual(["up", "suspect"]);
    expect(changes[1]?.[0]).toBeLessThanOrEqual(3000);
  });

  it("that answers with an error is not up", async () => {
    const { watch, run } = watched(503);
    watch.start();
    await run(1000);
    expect(watch.stateOf("fra")).toBe("suspect");
  });

  it("is probed soon after a user's request failed, once, however many fail", async () => {
    const { watch, run, probesAtMs } = watched();
    watch.start();
    await run(100);
    watch.report("fra", "failed");
    await run(100);
    watch.report("fra", "failed");
    await run(200);
    expect(probesAtMs).toEqual([0, 300]);
    expect(watch.stateOf("fra")).toBe("up");
  });

  it("is not probed any more after stop, not even when a request fails", async () => {
    const { watch, run, probesAtMs } = watched();
    watch.start();
    await run(100);
    watch.stop();
    watch.report("fra", "refused");
    await run(5000);
    expect(probesAtMs).toEqual([0]);
  });

  it("is not probed any more when stop comes while a probe is on its way", async () => {
    const { watch, run, probesAtMs } = watched("silent");
    watch.start();
    await run(100);
    watch.stop();
    await run(5000);
    expect(probesAtMs).toEqual([0]);
  });

  it("is unknown before the first answer, and one that was never named is too", () => {
    const { watch } = watched();
    watch.report("nobody", "refused");
    expect([watch.stateOf("fra"), watch.stateOf("nobody")]).toEqual(["unknown", "unknown"]);
  });

  it("that answers probes and fails its users is called suspect, as it is by routing", async () => {
    const { watch, run } = watched();
    watch.start();
    await run(1000);
    for (let request = 0; request < 30; request += 1) watch.report("fra", "failed");
    await run(1000);
    expect([watch.health.of("fra")?.state, watch.stateOf("fra")]).toEqual(["up", "suspect"]);
  });
});
