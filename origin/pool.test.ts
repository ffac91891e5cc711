/** Pools on a virtual clock: choice, caps, queue, ejection, health, slow start. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../core/cancellation.ts";
import { defaultSettings, type Settings } from "../core/config/settings.ts";
import type { Clock } from "../core/ports.ts";
import { type Lease, Pool, stateOf } from "./pool.ts";
import { poolLimits } from "./pool-limits.ts";
import type { AttemptResult } from "./pool-server.ts";

class TestClock implements Clock {
  atMs = 1_000_000;
  chance = 0.5;
  #timers: { atMs: number; action: () => void }[] = [];
  nowMs(): number {
    return this.atMs;
  }
  random(): number {
    return this.chance;
  }
  after(delayMs: number, action: () => void): () => void {
    const timer = { atMs: this.atMs + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  advance(ms: number): void {
    this.atMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.atMs);
    for (const { action } of due) action();
  }
  get timers(): number {
    return this.#timers.length;
  }
}

interface Server {
  readonly host: string;
  readonly weight?: number;
  readonly backup?: boolean;
}

const policyOf = (servers: readonly Server[], maxConnections: number) => ({
  staleAfterMs: 0,
  maxConnections,
  origins: servers.map(({ host, weight = 1, backup = false }) => ({
    target: { scheme: "http" as const, host, port: 80 },
    weight,
    backup,
  })),
});

function poolOf(servers: readonly Server[], maxConnections = 1024, settings: Partial<Settings> = {}) {
  const clock = new TestClock();
  const pool = new Pool(policyOf(servers, maxConnections), poolLimits({ ...defaultSettings, ...settings }), clock);
  const seek = (tried: Lease["server"][] = [], cancellation = new Cancellation()) =>
    pool.acquire({ tried: new Set(tried), cancellation });
  const lease = (chance = 0.5): Lease => {
    clock.chance = chance;
    const found = seek();
    if (typeof found === "string" || found instanceof Promise) throw new Error(`no lease: ${String(found)}`);
    return found;
  };
  /** One whole exchange; the host that was asked. */
  const ask = (result: AttemptResult, chance = 0.5): string => {
    const { server, ended, over } = lease(chance);
    ended(result);
    over();
    return server.target.host;
  };
  const hosts = (): string =>
    [...new Set(Array.from({ length: 40 }, (_, index) => ask("unknown", index / 40)))].sort().join(" ");
  const states = (): string[] => pool.status().servers.map(stateOf);
  const serverOf = (host: string) => {
    const server = pool.servers.find(({ target }) => target.host === host);
    if (server === undefined) throw new Error(host);
    return server;
  };
  return { clock, pool, seek, lease, ask, hosts, states, serverOf };
}

const TWO: readonly Server[] = [{ host: "a" }, { host: "b" }];

describe("a choice", () => {
  it("goes by weight", () => {
    const { ask } = poolOf([{ host: "a", weight: 3 }, { host: "b" }]);
    const asked = Array.from({ length: 100 }, (_, index) => ask("ok", index / 100));
    expect(asked.filter((host) => host === "a")).toHaveLength(75);
  });

  it("asks backups only when no primary is well", () => {
    const { pool, hosts, serverOf } = poolOf([...TWO, { host: "spare", backup: true }]);
    expect(hosts()).toBe("a b");
    for (const host of ["a", "b"]) for (const _ of [1, 2]) pool.checked(serverOf(host), "refused");
    expect(hosts()).toBe("spare");
    for (const _ of [1, 2]) pool.checked(serverOf("b"), "ok");
    expect(hosts()).toBe("b");
  });

  it("asks primaries rather than nobody when checks are against all", () => {
    const { pool, hosts, serverOf } = poolOf(TWO);
    for (const host of ["a", "b"]) for (const _ of [1, 2, 3]) pool.checked(serverOf(host), "failed");
    expect(hosts()).toBe("a b");
  });

  it("never asks a server twice for one request", () => {
    const { seek, serverOf } = poolOf(TWO);
    const found = seek([serverOf("a")]);
    expect(typeof found === "object" && "server" in found && found.server.target.host).toBe("b");
    expect(seek([serverOf("a"), serverOf("b")])).toBe("unavailable");
  });
});

describe("a server that fails", () => {
  it("is left out after three failures in a row, longer each time, and comes back slowly", () => {
    const { clock, ask, hosts, states } = poolOf(TWO);
    for (let index = 0; index < 3; index += 1) ask("failed", 0);
    expect(states()).toEqual(["ejected", "unknown"]);
    expect(hosts()).toBe("b");
    clock.advance(10_000);
    // A tenth of the weight: of chances in [0, 1) the first eleventh.
    expect([ask("unknown", 0.08), ask("unknown", 0.1)]).toEqual(["a", "b"]);
    clock.advance(5000);
    expect([ask("unknown", 0.3), ask("unknown", 0.34)]).toEqual(["a", "b"]);
    clock.advance(5000);
    expect([ask("unknown", 0.49), ask("unknown", 0.5)]).toEqual(["a", "b"]);
    for (let index = 0; index < 3; index += 1) ask("unwell", 0);
    clock.advance(19_000);
    expect(states()).toEqual(["ejected", "unknown"]);
    clock.advance(1000);
    expect(states()).toEqual(["unknown", "unknown"]);
  });

  it("is not left out for failures with answers in between, nor when it is the only one", () => {
    const pair = poolOf(TWO);
    for (let index = 0; index < 12; index += 1) pair.ask(index % 3 === 2 ? "ok" : "failed", 0);
    expect(pair.states()).toEqual(["unknown", "unknown"]);
    const single = poolOf([{ host: "a" }]);
    for (let index = 0; index < 10; index += 1) single.ask("unwell");
    expect(single.states()).toEqual(["unknown"]);
  });

  it("is not asked while its breaker is open, though it is the only one; then by one request, then little by little", async () => {
    const { clock, pool, ask, seek, lease } = poolOf([{ host: "a" }], 100);
    for (let index = 0; index < 20; index += 1) ask("failed");
    expect(seek()).toBe("unavailable");
    expect(pool.status().counts.unavailable).toBe(1);
    clock.advance(5000);
    const probe = lease();
    expect(seek()).toBe("unavailable");
    probe.ended("ok");
    probe.over();
    const taken = Array.from({ length: 10 }, () => lease());
    const eleventh = seek();
    expect(eleventh).toBeInstanceOf(Promise);
    clock.advance(1500);
    // With more room than before, one that leaves lets the next in.
    taken[0]?.over();
    expect(typeof (await eleventh)).toBe("object");
    clock.advance(8500);
    for (let index = 10; index < 100; index += 1) lease();
    expect(seek()).toBeInstanceOf(Promise);
  });

  it("is asked again at once when a check finds it well", () => {
    const { pool, ask, seek, states, serverOf } = poolOf([{ host: "a" }]);
    for (let index = 0; index < 20; index += 1) ask("failed");
    expect(states()).toEqual(["resting"]);
    for (const _ of [1, 2]) pool.checked(serverOf("a"), "ok");
    expect(states()).toEqual(["up"]);
    expect(typeof seek()).toBe("object");
  });
});

describe("a pool that is full", () => {
  it("lets requests wait in order, and gives them what comes free", async () => {
    const { lease, seek, clock, pool } = poolOf([{ host: "a" }], 1);
    const first = lease();
    const order: string[] = [];
    const waiting = ["second", "third"].map(async (name) => {
      const found = await seek();
      order.push(name);
      return found;
    });
    expect(pool.status().counts.waiting).toBe(2);
    first.over();
    first.over();
    const second = await waiting[0];
    expect(order).toEqual(["second"]);
    if (typeof second === "object") second.over();
    await waiting[1];
    expect(order).toEqual(["second", "third"]);
    expect([clock.timers, pool.status().counts.waiting]).toEqual([0, 0]);
  });

  it("lets nobody wait longer than ten seconds, nor more than the queue holds, nor whose client left", async () => {
    const { lease, seek, clock, pool } = poolOf([{ host: "a" }], 1, { originQueueMax: 2 });
    lease();
    const cancellation = new Cancellation();
    const [late, left] = [seek(), seek([], cancellation)];
    expect(seek()).toBe("busy");
    cancellation.cancel();
    expect(await left).toBe("cancelled");
    clock.advance(10_000);
    expect(await late).toBe("busy");
    expect([clock.timers, pool.status().counts.waiting, pool.status().counts.busy]).toEqual([0, 0, 2]);
  });

  it("answers those who wait when its breaker opens", async () => {
    const { lease, seek } = poolOf([{ host: "a" }], 20);
    const leases = Array.from({ length: 20 }, () => lease());
    const waiting = seek();
    for (const { ended } of leases) ended("failed");
    leases[0]?.over();
    expect(await waiting).toBe("unavailable");
  });

  it("does not let a repeated attempt wait", () => {
    const { lease, seek, serverOf } = poolOf(TWO, 1);
    lease(0);
    lease(0.9);
    expect(seek([serverOf("a")])).toBe("busy");
  });
});

describe("a new config", () => {
  it("keeps what is known of servers that stay", () => {
    const { pool, ask, states } = poolOf(TWO);
    for (let index = 0; index < 3; index += 1) ask("failed", 0);
    pool.adopt(policyOf([{ host: "c" }, { host: "a" }], 1024));
    expect(pool.servers.map(({ target }) => target.host)).toEqual(["c", "a"]);
    expect(states()).toEqual(["unknown", "ejected"]);
  });
});

describe("repeating", () => {
  it("takes from the budget, and only while there is another server", () => {
    const { pool, serverOf } = poolOf(TWO);
    pool.request();
    expect([1, 2, 3, 4].map(() => pool.takeRetry(new Set([serverOf("a")])))).toEqual([true, true, true, false]);
    expect(pool.takeRetry(new Set([serverOf("a"), serverOf("b")]))).toBe(false);
    expect(pool.status().counts).toMatchObject({ retries: 3, retriesRefused: 1 });
  });
});
