/** Tests of wires, raw and plain: both tell the same of the same client. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { acceptWires } from "./accept-wires.ts";
import { until } from "./listener-harness.ts";
import { rawSockets } from "./raw-handle.ts";
import { RawWire } from "./raw-wire.ts";
import type { Wire, WireOwner } from "./wire.ts";

const open: (Server | Socket)[] = [];
afterEach(() => {
  for (const one of open.splice(0)) {
    if ("destroy" in one) one.destroy();
    else one.close();
  }
});

/** A wire and its client; `events` is what the owner was told. */
async function pair(raw: boolean) {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = new Promise<Wire>((resolve) => acceptWires(server, { raw, onError: () => {} }, resolve));
  const address = server.address();
  const client = connect({ port: typeof address === "object" ? (address?.port ?? 0) : 0, allowHalfOpen: true });
  open.push(client);
  client.on("error", () => {});
  const wire = await accepted;
  const events: string[] = [];
  const owner: WireOwner = {
    received: (chunk) => events.push(chunk.toString("latin1")),
    ended: () => events.push("ended"),
    left: () => events.push("left"),
    closed: () => events.push("closed"),
  };
  wire.attach(owner);
  return { wire, client, events };
}

describe.each([
  ["raw", true],
  ["plain", false],
])("a %s wire", (_name, raw) => {
  test("reads what comes, knows the peer, and writes text and bytes in order", async () => {
    const { wire, client, events } = await pair(raw);
    expect(wire.peerAddress).toMatch(/127\.0\.0\.1$/);
    expect(wire instanceof RawWire).toBe(raw);
    client.write("hello");
    await until(() => events.length > 0);
    expect(events).toEqual(["hello"]);
    const large = Buffer.alloc(100_000, "y");
    wire.write("a\xe9", Buffer.from("b"), "c");
    wire.write("d", undefined, "");
    wire.write("", large, "e");
    wire.write("f", large, "");
    wire.end("bye");
    client.end();
    let received = "";
    client.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    await once(client, "close");
    expect(received).toBe(`a\xe9bcd${large}ef${large}bye`);
    await until(() => events.includes("closed"));
    expect(wire.open).toBe(false);
  });

  test("a client that does not read makes writes wait, and hears all of it in the end", async () => {
    const { wire, client, events } = await pair(raw);
    const large = Buffer.alloc(1_000_000, "z");
    let written = 0;
    while (wire.queuedBytes === 0 && written < 60) {
      wire.write("x", large, "y");
      written += 1;
    }
    // Small ones behind it may not be mixed up, though their memory is used again.
    for (const digit of "0123456789") wire.write(digit, Buffer.from(digit), digit);
    expect(wire.write("", large, "")).toBe(false);
    expect(wire.unsentBytes).toBeGreaterThan(0);
    let bytes = 0;
    let tail = "";
    client.on("data", (chunk) => {
      bytes += chunk.length;
      tail = (tail + chunk.toString("latin1")).slice(-1_000_031);
    });
    await until(() => bytes === written * 1_000_002 + 30 + 1_000_000);
    expect(tail.slice(0, 31)).toBe("y000111222333444555666777888999");
    await until(() => events.includes("left"));
    expect(wire.queuedBytes).toBe(0);
  });

  test("a client that ends is heard, and may still be answered", async () => {
    const { wire, client, events } = await pair(raw);
    client.end("all");
    await until(() => events.includes("ended"));
    wire.end("answer");
    const [answer] = await once(client, "data");
    expect(String(answer)).toBe("answer");
    await until(() => events.includes("closed"));
  });

  test("nothing is heard while it is paused", async () => {
    const { wire, client, events } = await pair(raw);
    wire.pause();
    client.write("later");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wire.paused).toBe(true);
    expect(events).toEqual([]);
    wire.resume();
    await until(() => events[0] === "later");
  });

  test("a reset is one, closes once, and what is written afterwards goes nowhere", async () => {
    const { wire, client, events } = await pair(raw);
    const failed = once(client, "error").catch((error: unknown) => [error]);
    wire.reset();
    wire.destroy();
    expect(wire.write("x", undefined, "")).toBe(true);
    expect(String(await failed)).toContain("ECONNRESET");
    await until(() => events.includes("closed"));
    expect(events).toEqual(["closed"]);
  });

  test("a client that resets is gone", async () => {
    const { client, events, wire } = await pair(raw);
    client.resetAndDestroy();
    await until(() => events.includes("closed"));
    expect(wire.open).toBe(false);
  });
});

describe("what is missing", () => {
  test("is said, and sockets are plain", async () => {
    const server = createServer();
    open.push(server);
    expect(rawSockets(server)).toBe("a server has no handle");
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(rawSockets(server)).toMatchObject({ handle: expect.anything() });
    Reflect.set(Reflect.get(server, "_handle"), "shutdown", undefined);
    expect(rawSockets(server)).toBe("handles have no shutdown");
    const warning = once(process, "warning");
    let wire: Wire | undefined;
    acceptWires(server, { raw: true, onError: () => {} }, (accepted) => {
      wire = accepted;
    });
    expect(String((await warning)[0])).toContain("connections use Node's streams, which are slower: handles have no");
    const address = server.address();
    open.push(connect(typeof address === "object" ? (address?.port ?? 0) : 0));
    await until(() => wire !== undefined);
    expect(wire instanceof RawWire).toBe(false);
    wire?.destroy();
  });
});
