/** HTTP/2 as clients speak it: requests, bodies both ways, refusals, floods, and how a connection ends. */
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { type ClientHttp2Session, constants, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Incoming, Sent } from "../../../core/ports.ts";
import { makeCertificate } from "../../../test/certificates.ts";
import { describeNeeding } from "../../../test/need.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import { answered, bodyText, dial, errors, file, folder, get, ok, open, sessions, start } from "./http2-harness.ts";

describeNeeding(["openssl"], "HTTP/2", () => {
  beforeAll(() => {
    makeCertificate(folder, "a", "a.test");
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy();
    await Promise.all(open.splice(0).map((one) => one.close(0)));
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a request arrives as the role knows requests, and its answer leaves without what belongs to connections", async () => {
    const seen: Incoming<ByteBody>[] = [];
    const how: Sent[] = [];
    const session = dial(
      await start((incoming) => {
        seen.push(incoming);
        return ok(Buffer.from("hello"), (sent) => how.push(sent));
      }),
    );
    const { status, headers, body } = await get(session, { ":path": "/x?y", cookie: ["one=1", "two=2"] });
    expect(seen[0]?.head).toMatchObject({ method: "GET", scheme: "https", authority: "a.test", target: "/x?y" });
    expect(seen[0]?.head.fields.filter(([name]) => name === "cookie")).toEqual([["cookie", "one=1; two=2"]]);
    expect(seen[0]?.httpVersion).toBe("2");
    expect([status, body, headers["content-length"], headers.connection]).toEqual([200, "hello", "5", undefined]);
    expect(headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(headers.date).toMatch(/GMT$/);
    expect(how).toEqual([{ bodyBytes: 5, complete: true }]);
  });

  test("HEAD, 204 and 304 have no body, bodies in parts have no length", async () => {
    async function* parts() {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    }
    const session = dial(
      await start(({ head }) => {
        const status = Number(head.target.slice(1));
        return { ...ok(status === 200 ? parts() : Buffer.from("x")), head: { status, fields: [] } };
      }),
    );
    expect(await get(session, { ":path": "/200" })).toMatchObject({ status: 200, body: "one two" });
    expect(await get(session, { ":path": "/204" })).toMatchObject({ status: 204, body: "" });
    expect(await get(session, { ":path": "/304" })).toMatchObject({ status: 304, body: "" });
    expect(await get(session, { ":path": "/201", ":method": "HEAD" })).toMatchObject({ status: 201, body: "" });
  });

  test("a body comes in as it is read, with or without a length", async () => {
    const session = dial(await start(async ({ body }) => ok(Buffer.from(`${(await bodyText(body)).length}`))));
    const post = session.request({ ":method": "POST", ":authority": "a.test" });
    post.end(Buffer.alloc(500_000, "x"));
    expect(await answered(post)).toMatchObject({ status: 200, body: "500000" });
  });

  test("a body longer than may be is refused by its length, or cut when it has none", async () => {
    const session = dial(
      await start(async ({ body }) => ok(Buffer.from(await bodyText(body).catch(() => ""))), {
        limits: { bodyBytes: 1000 },
      }),
    );
    const said = session.request({ ":method": "POST", ":authority": "a.test", "content-length": 2000 });
    said.write("x");
    expect(await answered(said)).toMatchObject({ status: 413 });
    const unsaid = session.request({ ":method": "POST", ":authority": "a.test" });
    unsaid.end(Buffer.alloc(2000, "x"));
    expect((await answered(unsaid)).code).toBe(constants.NGHTTP2_CANCEL);
  });

  test.each<[string, OutgoingHttpHeaders, number]>([
    ["a method that is refused", { ":method": "TRACE" }, 405],
    ["a target with a fragment", { ":path": "/x#y" }, 400],
    ["an encoded NUL", { ":path": "/%00" }, 400],
    ["a host for which the certificate is not", { ":authority": "b.test" }, 421],
    ["an authority that is none", { ":authority": "a.test:99999" }, 400],
    ["a Host that differs", { host: "b.test" }, 400],
    ["an expectation that nobody knows", { expect: "magic" }, 417],
  ])("%s is refused, and the connection stays", async (_, headers, status) => {
    const session = dial(await start(() => ok(Buffer.from("never"))));
    expect(await get(session, headers)).toMatchObject({ status });
    expect(session.destroyed).toBe(false);
  });

  test("who leaves is noticed: the role is told, and what it says afterwards is dropped", async () => {
    const how: Sent[] = [];
    let cancelled = false;
    let answer: () => void = () => {};
    const session = dial(
      await start((incoming) => {
        incoming.cancellation.onCancel(() => {
          cancelled = true;
          answer();
        });
        return new Promise((resolve) => {
          answer = () => resolve(ok(Buffer.from("late"), (sent) => how.push(sent)));
        });
      }),
    );
    const stream = session.request({ ":authority": "a.test" });
    stream.on("error", () => {});
    await once(session, "remoteSettings");
    session.ping(() => stream.close(constants.NGHTTP2_CANCEL));
    while (how.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(cancelled).toBe(true);
    expect(how).toEqual([{ bodyBytes: 0, complete: false }]);
  });

  test("a role that fails costs its request a 500 and nobody else anything", async () => {
    const session = dial(
      await start(({ head }) => {
        if (head.target === "/bug") throw new Error("a bug");
        return ok(Buffer.from("fine"));
      }),
    );
    expect(await get(session, { ":path": "/bug" })).toMatchObject({ status: 500 });
    expect(errors.splice(0)).toHaveLength(1);
    expect(await get(session)).toMatchObject({ status: 200, body: "fine" });
  });

  test("a connection that has had its requests, or is too old, says GOAWAY and ends with the last of them", async () => {
    const used = dial(await start(() => ok(Buffer.from("x")), { limits: { requestsPerConnection: 2 } }));
    const first = once(used, "goaway");
    expect(await get(used)).toMatchObject({ status: 200 });
    expect(await get(used)).toMatchObject({ status: 200, body: "x" });
    await first;
    const old = dial(await start(() => ok(Buffer.from("x")), { limits: { connectionAgeMs: 0 } }));
    const second = once(old, "goaway");
    expect(await get(old)).toMatchObject({ status: 200, body: "x" });
    await second;
  });

  test("what waits for a client that does not read is counted, for overload to know of", async () => {
    const listener = await start(() => ok(Buffer.alloc(4_000_000)));
    const session = dial(listener);
    const stream = session.request({ ":authority": "a.test" });
    // Who listens for the head and not for content leaves it where it is.
    stream.on("error", () => {}).on("response", () => {});
    await vi.waitFor(() => expect(listener.queuedBytes()).toBeGreaterThan(60_000));
  });

  test("a drain says GOAWAY, finishes what is under way, and takes nothing more", async () => {
    let finish: () => void = () => {};
    const listener = await start(
      () =>
        new Promise((resolve) => {
          finish = () => resolve(ok(Buffer.from("done")));
        }),
    );
    const session = dial(listener);
    const under = get(session);
    await once(session, "remoteSettings");
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    const goaway = once(session, "goaway");
    const closed = listener.close(5_000);
    await goaway;
    finish();
    expect(await under).toMatchObject({ status: 200, body: "done" });
    await closed;
    expect(listener.connections()).toBe(0);
  });

  test.each<[string, (session: ClientHttp2Session) => Promise<void> | void]>([
    [
      "resets streams without end (rapid reset)",
      async (session) => {
        for (let count = 0; count < 60 && !session.destroyed; count += 1) {
          const stream = session.request({ ":authority": "a.test" });
          stream.on("error", () => {});
          stream.close(constants.NGHTTP2_CANCEL);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    ],
    [
      "sends PING without end",
      async (session) => {
        for (let count = 0; count < 30 && !session.destroyed; count += 1)
          await new Promise<void>((resolve) => {
            if (!session.ping(() => resolve())) resolve();
          });
      },
    ],
    [
      "sends SETTINGS without end",
      async (session) => {
        for (let count = 0; count < 30 && !session.destroyed; count += 1) {
          session.settings({ enablePush: false });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
    ],
  ])("who %s is cut, and others are not", async (_, attack) => {
    const listener = await start(() => new Promise(() => {}));
    const calm = dial(listener);
    await once(calm, "connect");
    const session = dial(listener);
    await once(session, "remoteSettings");
    const closed = once(session, "close");
    await attack(session);
    await closed;
    expect(calm.destroyed).toBe(false);
  });

  test("no more streams at once than may be", async () => {
    const session = dial(await start(() => new Promise(() => {})));
    await once(session, "remoteSettings");
    expect(session.remoteSettings.maxConcurrentStreams).toBe(10);
  });

  test("HTTP/1.1 on the same port has the same answers, and the same host rule", async () => {
    const listener = await start(() => ok(Buffer.from("hello")));
    const ask = async (host: string) => {
      const socket = connectTls({
        port: listener.address.port,
        host: "127.0.0.1",
        servername: "a.test",
        ca: readFileSync(file("a.pem")),
        ALPNProtocols: ["http/1.1"],
      });
      socket.end(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      let text = "";
      for await (const part of socket) text += part;
      return text;
    };
    expect(await ask("a.test")).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello$/);
    expect(await ask("b.test")).toMatch(/^HTTP\/1\.1 421 /);
  });
});
