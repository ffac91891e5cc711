/** Tests of timers, closing and starting. */
import { describe, expect, test } from "vitest";
import { type Answer, client, get, last, readAll, serve, text, told, until } from "./listener-harness.ts";

describe("time", () => {
  const quick = {
    silenceMs: 150,
    headersMs: 150,
    requestMs: 300,
    keepAliveMs: 100,
    timerGranularityMs: 30,
    lingerMs: 100,
  };
  test("L03 a connection that says nothing is closed", async () => {
    const listener = await serve(() => text("ok"), { limits: quick });
    expect(await client(listener, "").done).toBe("");
  });
  test("L01 a head that comes too slowly is a 408", async () => {
    const listener = await serve(() => text("ok"), { limits: quick });
    expect(await client(listener, "GET / HTTP/1.1\r\nHo").done).toMatch(/^HTTP\/1.1 408 /);
  });
  test("L02 a body that comes too slowly is a 408, its request aborted", async () => {
    const listener = await serve(async ({ body }) => text(await readAll(body).catch(() => "cut")), { limits: quick });
    const bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab";
    expect(await client(listener, bytes).done).toMatch(/^HTTP\/1.1 408 /);
    expect(told.seen[0]?.cancellation.cancelled).toBe(true);
  });
  test("an idle kept connection is closed without a word", async () => {
    const listener = await serve(() => text("ok"), { limits: { ...quick, keepAliveMs: 50 } });
    const received = await client(listener, get("/")).done;
    expect(received.match(/HTTP\/1.1/g)).toHaveLength(1);
  });
  test("a role may take longer than any of these", async () => {
    const listener = await serve(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return text("slow");
      },
      { limits: { ...quick, writeStallMs: 100 } },
    );
    expect(await client(listener, last("/")).done).toContain("slow");
  });
});

describe("closing", () => {
  test("answers what is in flight with Connection: close, takes nothing new and drops idle connections", async () => {
    let finish = (): void => {};
    const listener = await serve(async ({ head }) => {
      if (head.target === "/slow") {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      }
      return text(head.target);
    });
    const idle = client(listener, get("/idle"));
    await until(() => idle.received().endsWith("/idle"));
    const slow = client(listener, get("/slow"));
    await until(() => told.seen.length === 2);
    const closed = listener.close(2_000);
    await idle.done;
    const refused = client(listener, get("/"));
    expect(await refused.done).toBe("");
    finish();
    expect(await slow.done).toMatch(/Connection: close\r\n.*\/slow$/s);
    await closed;
    expect(listener.connections()).toBe(0);
  });
  test("lets a body that is on its way finish, though its head promised to keep the connection", async () => {
    let finish = (): void => {};
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("begin ");
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      yield Buffer.from("end");
    }
    const listener = await serve(() => ({ fields: [["content-length", "9"]], body: body() }));
    const { received, done } = client(listener, get("/"));
    await until(() => received().includes("begin"));
    const closed = listener.close(2_000);
    finish();
    expect(await done).toMatch(/begin end$/);
    await closed;
  });
  test("cuts what does not finish within the grace", async () => {
    const listener = await serve(() => new Promise<Answer>(() => {}));
    const { done } = client(listener, get("/"));
    await until(() => told.seen.length === 1);
    await listener.close(50);
    expect(await done).toBe("");
    expect(told.seen[0]?.cancellation.cancelled).toBe(true);
  });
});

describe("starting", () => {
  test("a taken port says so and what to do", async () => {
    const first = await serve(() => ({}));
    await expect(serve(() => ({}), { port: first.address.port })).rejects.toThrow(
      /is taken by another program; stop it or choose/,
    );
  });
  test("an address that is not this machine's says so", async () => {
    await expect(serve(() => ({}), { host: "192.0.2.1" })).rejects.toThrow(/this machine has no address 192.0.2.1/);
  });
  test("a host that does not resolve says so", async () => {
    await expect(serve(() => ({}), { host: "absent.invalid" })).rejects.toThrow(/does not resolve/);
  });
});

describe("limits of connections", () => {
  test("one more than allowed is closed before anything is read, and counted", async () => {
    const listener = await serve(() => text("ok"), { limits: { connections: 1 } });
    const { received } = client(listener, get("/"));
    await until(() => received().endsWith("ok"));
    expect(await client(listener, get("/")).done).toBe("");
    expect(listener.refusedConnections).toEqual({ "process-full": 1, "address-full": 0 });
    expect(told.seen).toHaveLength(1);
  });
  test("the last request that a connection may carry says so", async () => {
    const listener = await serve(() => text("ok"), { limits: { requestsPerConnection: 2 } });
    const received = await client(listener, get("/1") + get("/2") + get("/3")).done;
    expect(received.match(/HTTP\/1.1 200/g)).toHaveLength(2);
    expect(received.match(/Connection: close/g)).toHaveLength(1);
  });
  test("an old connection ends with its next answer", async () => {
    const listener = await serve(() => text("ok"), { limits: { connectionAgeMs: 50, timerGranularityMs: 10 } });
    const { socket, received, done } = client(listener, get("/1"));
    await until(() => received().endsWith("ok"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write(get("/2"));
    expect((await done).match(/Connection: close/g)).toHaveLength(1);
  });
  test("a request body that keeps up its rate may take longer than the limit", async () => {
    const limits = { requestMs: 100, bodyGraceMs: 100, bodyMinBytesPerSecond: 10, timerGranularityMs: 10 };
    const listener = await serve(async ({ body }) => text(await readAll(body)), { limits });
    const { socket, done } = client(
      listener,
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 40\r\n\r\n",
    );
    for (let part = 0; part < 10; part += 1) {
      socket.write("abcd");
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(await done).toMatch(/^HTTP\/1.1 200 .*abcd$/s);
  });
  test("a body that the role does not read is not called slow", async () => {
    const limits = { requestMs: 100, bodyGraceMs: 100, silenceMs: 200, timerGranularityMs: 10 };
    const listener = await serve(
      async ({ body }) => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return text(String((await readAll(body)).length));
      },
      { limits },
    );
    const head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n";
    expect(await client(listener, head + "x".repeat(2_000_000)).done).toMatch(/2000000$/);
  });
});
