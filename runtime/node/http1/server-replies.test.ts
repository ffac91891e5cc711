/** Tests of how replies leave. */
import { describe, expect, test } from "vitest";
import type { Fields } from "../../../core/http/fields.ts";
import { chunks, client, get, last, serve, text, told, until } from "./listener-harness.ts";

describe("a reply leaves", () => {
  test("with canonical names, in order, repeated ones too", async () => {
    const fields: Fields = [
      ["content-type", "text/plain"],
      ["etag", '"x"'],
      ["set-cookie", "a=1"],
      ["www-authenticate", "Basic"],
      ["set-cookie", "b=\xe9"],
      ["x-own-field", "y"],
    ];
    const listener = await serve(() => ({ fields, body: Buffer.from("hello") }));
    const received = await client(listener, last("/")).done;
    expect(received).toContain(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: "x"\r\nSet-Cookie: a=1\r\nWWW-Authenticate: Basic\r\nSet-Cookie: b=\xe9\r\nX-Own-Field: y\r\nContent-Length: 5\r\n',
    );
    expect(received.endsWith("\r\n\r\nhello")).toBe(true);
    expect(told.sent).toEqual([{ bodyBytes: 5, complete: true }]);
  });
  test("with a Date of ours only when it has none", async () => {
    const listener = await serve(({ head }) => ({
      fields: head.target === "/own" ? [["date", "Thu, 01 Jan 2026 00:00:00 GMT"]] : [],
    }));
    expect(await client(listener, last("/own")).done).toMatch(/^(?=.*Date: Thu, 01 Jan 2026)(?!.*Date.*Date)/s);
    expect(await client(listener, last("/")).done).toMatch(/Date: \w{3}, \d\d/);
  });
  test("framed by us, whatever the role says about framing", async () => {
    const fields: Fields = [
      ["transfer-encoding", "gzip"],
      ["connection", "x"],
      ["keep-alive", "y"],
      ["content-length", "99"],
    ];
    const listener = await serve(() => ({ fields, body: Buffer.from("hello") }));
    const received = await client(listener, last("/")).done;
    expect(received).toContain("Content-Length: 5\r\n");
    expect(received).not.toMatch(/gzip|99|Keep-Alive: y/);
  });
  test("in one piece when its body is a buffer", async () => {
    const listener = await serve(() => text("x".repeat(1_000)));
    const { socket } = client(listener, get("/"));
    const pieces: number[] = [];
    socket.on("data", (piece) => pieces.push(piece.length));
    await until(() => pieces.length > 0);
    expect(pieces).toHaveLength(1);
  });
  test("chunked when its length is unknown, by length when it is known", async () => {
    const listener = await serve(({ head }) => ({
      fields: head.target === "/known" ? [["content-length", "4"]] : [],
      body: chunks(["ab", "cd"]),
    }));
    expect(await client(listener, last("/")).done).toMatch(
      /Transfer-Encoding: chunked\r\n.*(?:2\r\nab\r\n2\r\ncd|4\r\nabcd)\r\n0\r\n\r\n$/s,
    );
    const known = await client(listener, last("/known")).done;
    expect(known).toMatch(/Content-Length: 4\r\n.*\r\n\r\nabcd$/s);
    expect(known).not.toContain("chunked");
    expect(told.sent).toEqual([
      { bodyBytes: 4, complete: true },
      { bodyBytes: 4, complete: true },
    ]);
  });
  test("with its head at once when the body takes its time", async () => {
    let go = (): void => {};
    async function* slow(): AsyncGenerator<Uint8Array> {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      yield Buffer.from("late");
    }
    const listener = await serve(() => ({ body: slow() }));
    const { received, done } = client(listener, last("/"));
    await until(() => received().includes("\r\n\r\n"));
    expect(received()).not.toContain("late");
    go();
    expect(await done).toContain("late");
  });
  test("without a body for HEAD, 204 and 304, and what it came from is given up", async () => {
    let left = 0;
    const listener = await serve(({ head }) => ({
      status: Number(head.target.slice(1)),
      fields: [["content-length", "4"]],
      body: {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: true, value: undefined }),
          return: async () => {
            left += 1;
            return { done: true, value: undefined };
          },
        }),
      },
    }));
    const head = await client(listener, "HEAD /200 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").done;
    expect(head).toMatch(/Content-Length: 4\r\n.*\r\n\r\n$/s);
    const none = await client(listener, get("/204") + get("/304") + last("/304")).done;
    expect(none.match(/HTTP\/1.1 [23]04/g)).toHaveLength(3);
    expect(none.slice(0, none.indexOf("304"))).not.toContain("Content-Length");
    expect(none).not.toContain("chunked");
    expect(left).toBe(4);
    expect(told.sent.every(({ bodyBytes, complete }) => bodyBytes === 0 && complete)).toBe(true);
  });
  test("with a length of 0 when it has no body", async () => {
    const listener = await serve(() => ({}));
    expect(await client(listener, last("/")).done).toContain("Content-Length: 0\r\n");
  });
  test("to HTTP/1.0 clients without chunks, ended by the close", async () => {
    const listener = await serve(() => ({ body: chunks(["ab", "cd"]) }));
    const received = await client(listener, "GET / HTTP/1.0\r\nHost: a\r\n\r\n").done;
    expect(received).not.toContain("chunked");
    expect(received.endsWith("\r\n\r\nabcd")).toBe(true);
  });
  test("and keeps the connection of an HTTP/1.0 client that asks for it", async () => {
    const listener = await serve(() => text("ok"));
    const ask = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    const { socket, received } = client(listener, ask);
    await until(() => received().endsWith("ok"));
    expect(received().toLowerCase()).toContain("connection: keep-alive");
    socket.write(ask);
    await until(() => received().split("HTTP/1.1 200").length === 3);
  });
  test("and closes the connection when the role asks for it", async () => {
    const listener = await serve(() => ({ ...text("ok"), close: true }));
    const received = await client(listener, get("/") + get("/second")).done;
    expect(received).toContain("Connection: close");
    expect(received.split("HTTP/1.1 200")).toHaveLength(2);
  });
  test("after interim responses, which HTTP/1.0 clients do not get", async () => {
    const listener = await serve((incoming) => {
      incoming.interim({
        status: 103,
        fields: [
          ["link", "</a>; rel=preload"],
          ["x-y", "z"],
        ],
      });
      incoming.interim({ status: 102, fields: [] });
      incoming.interim({ status: 101, fields: [] });
      return text("ok");
    });
    expect(await client(listener, last("/")).done).toMatch(
      /^HTTP\/1.1 103 Early Hints\r\nLink: <\/a>; rel=preload\r\nX-Y: z\r\n\r\nHTTP\/1.1 102 Processing\r\n\r\nHTTP\/1.1 200/,
    );
    expect(await client(listener, "GET / HTTP/1.0\r\nHost: a\r\n\r\n").done).toMatch(/^HTTP\/1.1 200/);
  });
});
