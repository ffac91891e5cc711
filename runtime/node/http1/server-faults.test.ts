/** Tests of what happens when bodies, clients and roles fail. */
import { describe, expect, test } from "vitest";
import { type Answer, chunks, client, get, last, readAll, serve, text, told, until } from "./listener-harness.ts";

describe("what goes wrong", () => {
  test("a body that fails midway cuts the connection, never ends it", async () => {
    const listener = await serve(({ head }) => ({
      fields: head.target === "/known" ? [["content-length", "9"]] : [],
      body: chunks(["ab"], "the origin broke"),
    }));
    expect(await client(listener, get("/")).done).not.toContain("0\r\n\r\n");
    expect(await client(listener, get("/known")).done).not.toContain("\r\n\r\nab\r\n");
    expect(told.sent.map(({ complete }) => complete)).toEqual([false, false]);
    expect(told.errors).toEqual([]);
  });
  test("to an HTTP/1.0 client a failed body is a reset, since a close would look like the end", async () => {
    const listener = await serve(() => ({ body: chunks(["ab"], "the origin broke") }));
    const { socket } = client(listener, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    const error = await new Promise<Error & { code?: string }>((resolve) => socket.on("error", resolve));
    expect(error.code).toBe("ECONNRESET");
  });
  test.each([
    ["shorter", "9"],
    ["longer", "3"],
  ])("a body %s than its length cuts the connection", async (_name, length) => {
    const listener = await serve(() => ({ fields: [["content-length", length]], body: chunks(["ab", "cd"]) }));
    const received = await client(listener, get("/")).done;
    expect(received).not.toContain("abcd\r\n");
    expect(told.sent.map(({ complete }) => complete)).toEqual([false]);
  });
  test("a client that leaves cancels the request and stops the body, and `sent` is called once", async () => {
    let left = false;
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: Buffer.alloc(65_536) }),
        return: async () => {
          left = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const listener = await serve(() => ({ body }));
    const { socket, received } = client(listener, get("/"));
    await until(() => received().length > 100_000);
    socket.destroy();
    await until(() => left && told.sent.length > 0);
    expect(told.seen[0]?.cancellation.cancelled).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told.sent).toEqual([{ bodyBytes: expect.any(Number), complete: false }]);
  });
  test("a client that leaves before its answer cancels the request; the late answer is given up", async () => {
    let answer = (_: Answer): void => {};
    let left = false;
    const listener = await serve(
      () =>
        new Promise<Answer>((resolve) => {
          answer = resolve;
        }),
    );
    const { socket } = client(listener, get("/"));
    await until(() => told.seen.length > 0);
    socket.destroy();
    await until(() => told.seen[0]?.cancellation.cancelled === true);
    answer({
      body: {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: true, value: undefined }),
          return: async () => {
            left = true;
            return { done: true, value: undefined };
          },
        }),
      },
    });
    await until(() => left && told.sent.length === 1);
    expect(told.sent).toEqual([{ bodyBytes: 0, complete: false }]);
  });
  test("a client that does not read stops the body: memory stays bounded", async () => {
    let produced = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; produced < 500; produced += 1) yield Buffer.alloc(1_000_000);
    }
    const listener = await serve(() => ({ body: endless() }));
    const { socket } = client(listener, get("/"));
    socket.pause();
    await until(() => produced > 0);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(produced).toBeLessThan(50);
  });
  test("and is cut when it stays so", async () => {
    const listener = await serve(() => ({ body: Buffer.alloc(50_000_000) }), { limits: { writeStallMs: 100 } });
    client(listener, get("/")).socket.pause();
    await until(() => told.sent.length === 1);
    expect(told.sent[0]?.complete).toBe(false);
  });
  test("however much it writes meanwhile", async () => {
    const listener = await serve(() => ({ body: Buffer.alloc(50_000_000) }), { limits: { writeStallMs: 100 } });
    const { socket } = client(listener, get("/"));
    socket.pause();
    const chatter = setInterval(() => socket.write("\r\n"), 20);
    await until(() => told.sent.length === 1).finally(() => clearInterval(chatter));
    expect(told.sent[0]?.complete).toBe(false);
  });
  test("a role that throws is a 500 without details, told once; the process lives", async () => {
    const listener = await serve(({ head }) => {
      if (head.target === "/throws") throw new Error("secret");
      return text("ok");
    });
    const received = await client(listener, get("/throws")).done;
    expect(received).toMatch(/^HTTP\/1.1 500 .*Cache-Control: no-store\r\n/s);
    expect(received).not.toContain("secret");
    expect(told.errors).toHaveLength(1);
    expect(await client(listener, last("/")).done).toContain("200 OK");
  });
  test("R12 a field that cannot be written is a 500, not a crash", async () => {
    const listener = await serve(() => ({ fields: [["x", "a\r\nSet-Cookie: b"]], body: Buffer.from("x") }));
    const received = await client(listener, get("/")).done;
    expect(received).toMatch(/^HTTP\/1.1 500/);
    expect(received).not.toContain("Set-Cookie");
    expect(told.errors).toHaveLength(1);
    expect(told.sent).toEqual([{ bodyBytes: 0, complete: false, instead: 500 }]);
  });
  test("a chunked body over the limit is a 413", async () => {
    const listener = await serve(async ({ body }) => text(await readAll(body).catch(() => "failed")), {
      limits: { bodyBytes: 10 },
    });
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await client(listener, `${head}14\r\n${"x".repeat(20)}\r\n0\r\n\r\n`).done).toMatch(/^HTTP\/1.1 413/);
    expect(told.sent).toEqual([{ bodyBytes: 0, complete: false, instead: 413 }]);
  });
  test("a torn body behind an answer that left already gets no second answer and no second record", async () => {
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab";
    const limits = { requestMs: 50, silenceMs: 50, timerGranularityMs: 10 };
    const impatient = await serve(() => text("early"), { limits });
    expect((await client(impatient, head).done).match(/HTTP\/1.1/g)).toHaveLength(1);
    expect(told.refusals).toEqual([]);
    expect(told.sent).toEqual([{ bodyBytes: 5, complete: true }]);
  });
});
