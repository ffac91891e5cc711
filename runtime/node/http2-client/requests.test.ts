/** Requests by HTTP/2: which connection they take, when they are sent again, how they end; and origins that want HTTP/1.1. */
import { createServer } from "node:https";
import { describe, expect, test } from "vitest";
import { Cancellation } from "../../../core/cancellation.ts";
import { CODE, http2Harness, OK, SHORT, textOf } from "../../../test/contract/http2-harness.ts";
import { FRAME, type RawConnection } from "../../../test/contract/raw-http2-origin.ts";

const { listen, serve, serveStreams, fetch, line, close, destroyUpstream, origin, files } = http2Harness();

describe("requests by HTTP/2", () => {
  const answering = (to: RawConnection, stream: number, body = `${to.number}`): void => {
    to.head(stream, OK);
    to.data(stream, body, true);
  };

  test("share a connection, as many as the origin allows; more open another one", async () => {
    const held: (() => void)[] = [];
    // SETTINGS_MAX_CONCURRENT_STREAMS = 2
    await listen((to, stream) => held.push(() => answering(to, stream)), { settings: Buffer.from([0, 3, 0, 0, 0, 2]) });
    const first = line();
    await expect.poll(() => held.length, { timeout: 5_000 }).toBe(1);
    const others = [line(), line(), line()];
    await expect.poll(() => held.length, { timeout: 5_000 }).toBe(4);
    for (const answer of held) answer();
    expect((await Promise.all([first, ...others])).sort()).toEqual(["200 1", "200 1", "200 2", "200 2"]);
    expect(origin()?.connections()).toBe(2);
  });

  test("one that fails takes no other with it", async () => {
    let count = 0;
    await listen((to, stream) => {
      count += 1;
      if (count === 2) to.reset(stream, CODE.internal);
      else setTimeout(() => answering(to, stream), 50);
    });
    await line();
    count = 0;
    expect(await Promise.all([line(), line(), line()])).toEqual(["200 1", "reset", "200 1"]);
  });

  test("that the origin refuses to look at are sent once more, whatever their method; never a third time", async () => {
    let refusals = 1;
    await listen((to, stream) => (refusals-- > 0 ? to.reset(stream, CODE.refused) : answering(to, stream)));
    expect(await line({ method: "POST", body: Buffer.from("x") })).toBe("200 2");
    refusals = 2;
    expect(await line()).toBe("refused");
  });

  test("behind a goodbye go to a new connection, those before it end in peace", async () => {
    let asked = 0;
    await listen((to, stream) => {
      asked += 1;
      if (to.number > 1) return answering(to, stream);
      // What crosses the goodbye on its way is refused by it.
      if (stream > 1) return;
      to.goaway(stream, CODE.none);
      setTimeout(() => answering(to, stream), 100);
    });
    const first = line();
    await expect.poll(() => asked, { timeout: 5_000 }).toBe(1);
    expect(await line()).toBe("200 2");
    expect(await first).toBe("200 1");
  });

  test("are broken off when the upstream is closed, those on a connection that has said goodbye too", async () => {
    const closed: number[] = [];
    let goodbye = (): void => {};
    await listen((to, stream) => {
      to.head(stream, OK);
      to.data(stream, "part");
      to.socket.on("close", () => closed.push(to.number));
      if (to.number === 1) goodbye = () => to.goaway(stream, CODE.none);
    });
    await fetch();
    goodbye();
    await expect.poll(() => fetch().then(() => origin()?.connections())).toBe(2);
    await destroyUpstream();
    await expect.poll(() => closed).toContain(1);
  });

  test("that wait for an answer when the upstream is closed end then, and are not tried again", async () => {
    let asked = 0;
    await listen((to, stream) => {
      asked += 1;
      if (stream === 1) answering(to, stream);
    });
    await line();
    const waiting = line();
    await expect.poll(() => asked, { timeout: 5_000 }).toBe(2);
    await destroyUpstream();
    const startMs = performance.now();
    expect(await waiting).toBe("cancelled");
    expect(performance.now() - startMs).toBeLessThan(2_000);
  }, 15_000);

  test("that meet a connection which has just been closed are sent once more if they may be", async () => {
    let answered = 0;
    await listen((to, stream) => {
      if (to.number % 2 === 1 && answered++ % 2 === 1) to.socket.destroy();
      else answering(to, stream);
    });
    expect(await line()).toBe("200 1");
    expect(await line()).toBe("200 2");
    await close();
    await listen((to, stream) => (stream > 1 ? to.socket.destroy() : answering(to, stream)));
    expect(await line()).toBe("200 1");
    expect(await line({ method: "POST", body: Buffer.from("x") })).toBe("reset");
  });

  test("after one that got no answer go to a new connection: the old one may lead nowhere", async () => {
    await listen((to, stream) => (to.number === 1 ? undefined : answering(to, stream)));
    expect(await line({ timeouts: SHORT })).toBe("first-byte-timeout");
    expect(await line()).toBe("200 2");
  });

  test("say who is asked for in :authority, and nothing of the connection", async () => {
    const seen: string[][] = [];
    await serveStreams((stream, _path, raw) => {
      seen.push(raw);
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => stream.end(Buffer.concat(chunks)));
      stream.respond({ ":status": 200 });
    });
    const fields = [
      ["host", "site.example"],
      ["x-a", "1"],
      ["x-a", "b\xe9"],
      ["connection", "x-a"],
      ["te", "gzip"],
    ] as const;
    expect(await line({ fields, method: "POST", body: Buffer.from("sent"), target: "//a/%2e?q" })).toBe("200 sent");
    expect(seen[0]).toEqual(
      [":method", "POST", ":scheme", "https", ":authority", "site.example", ":path", "//a/%2e?q"].concat([
        "x-a",
        "1",
        "x-a",
        "b\xe9",
        "content-length",
        "4",
      ]),
    );
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 40; index += 1) yield Buffer.alloc(65_536, "u");
    }
    expect((await line({ method: "POST", body: chunks() })).length).toBe(4 + 40 * 65_536);
  });

  test("whose body comes slowly from the client are no fault of the origin's", async () => {
    await serveStreams((stream) => {
      stream.on("end", () => {
        stream.respond({ ":status": 200 });
        stream.end("thanks");
      });
      stream.resume();
    });
    const timeouts = { ...SHORT, firstByteMs: 500 };
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a");
      await new Promise((resolve) => setTimeout(resolve, 800));
      yield Buffer.from("b");
    }
    expect(await line({ method: "POST", body: slow(), timeouts })).toBe("200 thanks");
  });

  test("end when they are cancelled: before the head, and in the body", async () => {
    const resets: number[] = [];
    let asked = 0;
    await listen(
      (to, stream) => {
        asked += 1;
        if (stream === 1) return;
        to.head(stream, OK);
        to.data(stream, "part");
      },
      { onFrame: (_to, { type, stream }) => type === FRAME.reset && resets.push(stream) },
    );
    const cancellation = new Cancellation();
    const waiting = line({ cancellation });
    await expect.poll(() => asked, { timeout: 5_000 }).toBe(1);
    cancellation.cancel();
    expect(await waiting).toBe("cancelled");
    const result = await fetch();
    if (result.kind === "failure" || result.body === undefined || result.body instanceof Uint8Array) throw new Error();
    for await (const chunk of result.body) {
      expect(Buffer.from(chunk).toString()).toBe("part");
      break;
    }
    await expect.poll(() => resets).toEqual([1, 3]);
  });

  test("whose reader does not read stop the origin, and no other reader", async () => {
    let sentBytes = 0;
    await serveStreams((stream, path) => {
      stream.respond({ ":status": 200 });
      if (path === "/small") return void stream.end("small");
      const write = (): void => {
        while (sentBytes < 50_000_000) {
          sentBytes += 65_536;
          if (!stream.write(Buffer.alloc(65_536))) return void stream.once("drain", write);
        }
        stream.end();
      };
      write();
    });
    const result = await fetch();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(sentBytes).toBeLessThan(2_000_000);
    expect(await line({ target: "/small" })).toBe("200 small");
    if (result.kind === "response") expect((await textOf(result.body)).length).toBeGreaterThanOrEqual(50_000_000);
  });
});

describe("an origin that does not speak HTTP/2", () => {
  test("is spoken to by HTTP/1.1, and asked about it once", async () => {
    let connections = 0;
    const server = createServer(files, (request, response) => response.end(request.httpVersion));
    server.on("secureConnection", () => (connections += 1));
    await serve(server);
    expect([await line(), await line(), await line()]).toEqual(["200 1.1", "200 1.1", "200 1.1"]);
    expect(connections).toBe(2);
    server.closeAllConnections();
  });

  test("for this request says so: HTTP_1_1_REQUIRED", async () => {
    await listen((to, stream) => to.reset(stream, CODE.http1));
    // The origin of this test cannot be spoken to otherwise.
    expect(await line()).toMatch(/^(tls|refused)$/);
    expect(origin()?.connections()).toBe(1);
  });

  test("says so to a request that cannot be sent again: the next one is spoken by HTTP/1.1", async () => {
    await listen((to, stream) => to.reset(stream, CODE.http1));
    async function* once(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("once");
    }
    expect(await line({ method: "POST", body: once() })).toBe("reset");
    // The origin of this test cannot be spoken to otherwise.
    expect(await line({ method: "POST", body: once() })).toMatch(/^(tls|refused)$/);
    expect(origin()?.connections()).toBe(1);
  });

  test("by a name that is not in its certificate, or at a private address, hears nothing", async () => {
    await listen((to, stream) => to.head(stream, OK, true));
    const port = origin()?.port ?? 1;
    expect(await line({ to: { scheme: "https", host: "other.test", port } })).toBe("tls");
    expect(await line({ allowPrivate: false })).toBe("forbidden-address");
    expect(await line({ to: { scheme: "https", host: "127.0.0.1", port }, allowPrivate: false })).toBe(
      "forbidden-address",
    );
    await origin()?.close();
    expect(await line()).toBe("refused");
  });
});
