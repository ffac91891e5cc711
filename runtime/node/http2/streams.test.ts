/** Streams of HTTP/2 that are slow, odd or not ended: none lives for ever, none that moves is cut. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { constants } from "node:http2";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Sent } from "../../../core/ports.ts";
import { makeCertificate } from "../../../test/certificates.ts";
import { describeNeeding } from "../../../test/need.ts";
import { answered, dial, errors, folder, get, HTTP2, ok, open, sessions, start } from "./http2-harness.ts";

describeNeeding(["openssl"], "HTTP/2 streams", () => {
  beforeAll(() => {
    makeCertificate(folder, "a", "a.test");
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy();
    await Promise.all(open.splice(0).map((one) => one.close(0)));
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("fields that an origin has sent twice are passed on", async () => {
    const fields = [
      ["x-content-type-options", "nosniff"],
      ["x-content-type-options", "nosniff"],
      ["etag", '"1"'],
      ["etag", '"2"'],
    ] as const;
    const session = dial(await start(() => ({ ...ok(Buffer.from("hello")), head: { status: 200, fields } })));
    expect(await get(session)).toMatchObject({ status: 200, body: "hello" });
  });

  test("what speaks of connections in an interim response is left out", async () => {
    const session = dial(
      await start((incoming) => {
        incoming.interim({
          status: 103,
          fields: [
            ["link", "</a>"],
            ["connection", "close"],
            ["content-type", "a"],
            ["content-type", "b"],
          ],
        });
        return ok(Buffer.from("hello"));
      }),
    );
    const stream = session.request({ ":authority": "a.test" });
    const [early] = await once(stream, "headers");
    expect(early).toMatchObject({ ":status": 103, link: "</a>" });
    expect(await answered(stream)).toMatchObject({ body: "hello" });
  });

  test.each(["in parts", "in one piece"])("a reader that is slow, and reads on, has its answer %s", async (how) => {
    const part = Buffer.alloc(65_536, "x");
    async function* parts() {
      for (let count = 0; count < 16; count += 1) yield part;
    }
    const limits = { writeStallMs: 1_000, crowdedStallMs: 1_000 };
    const session = dial(
      await start(() => ok(how === "in parts" ? parts() : Buffer.alloc(16 * 65_536, "x")), { limits }),
    );
    const stream = session.request({ ":authority": "a.test" });
    stream.on("data", () => {
      stream.pause();
      setTimeout(() => stream.resume(), 30);
    });
    const { body, code } = await answered(stream);
    expect([body.length, code]).toEqual([1_048_576, constants.NGHTTP2_NO_ERROR]);
  });

  test("a reader that takes nothing is given up", async () => {
    const how: Sent[] = [];
    const limits = { writeStallMs: 500, crowdedStallMs: 500 };
    const session = dial(await start(() => ok(Buffer.alloc(1_048_576, "x"), (sent) => how.push(sent)), { limits }));
    const stream = session.request({ ":authority": "a.test" });
    stream.on("error", () => {});
    await once(stream, "close");
    expect(how).toMatchObject([{ complete: false }]);
  });

  test("who does not take even a refusal keeps no connection by it", async () => {
    const listener = await start(() => ok(undefined), {}, { http2: { ...HTTP2, http2IdleMs: 300 } });
    const session = dial(listener, { settings: { initialWindowSize: 0 } });
    const stream = session.request({ ":authority": "a.test", ":path": "/x#y" });
    stream.on("error", () => {});
    expect((await once(stream, "response"))[0]).toMatchObject({ ":status": 400 });
    await once(session, "close");
    expect(listener.connections()).toBe(0);
  });
});
