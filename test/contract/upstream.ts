/** What every upstream must do, in front of real sockets. Run on each adapter by a test beside it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { ResponseHead } from "../../core/http/fields.ts";
import type { Upstream, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import { CUT, MALFORMED, OK, UNWANTED } from "./hostile-answers.ts";
import { type RawExchange, type RawOrigin, rawOrigin } from "./raw-origin.ts";

/** The adapter under test. */
export interface UpstreamUnderTest<B> {
  readonly upstream: Upstream<B>;
  /** Reads a body to its end as text; throws when it is cut. */
  text(body: B): Promise<string>;
  /** Reads the first chunk and leaves. */
  readFirstAndLeave(body: B): Promise<string>;
  /** A request body that sends the chunks, then ends or fails. */
  stream(chunks: readonly string[], failure?: string): B;
  close(): Promise<void>;
}

/** The suite. */
export function upstreamContract<B>(name: string, make: () => UpstreamUnderTest<B>): void {
  describe(`${name} as an upstream`, () => {
    let origin: RawOrigin | undefined;
    let adapter: UpstreamUnderTest<B>;

    beforeEach(() => {
      adapter = make();
    });
    afterEach(async () => {
      await adapter.close();
      await origin?.close();
      origin = undefined;
    });

    const listen = async (answer: (exchange: RawExchange) => void): Promise<RawOrigin> => {
      origin = await rawOrigin(answer);
      return origin;
    };
    const says = (bytes: string): Promise<RawOrigin> => listen(({ socket }) => socket.end(bytes, "latin1"));
    const request = (change: Partial<UpstreamRequest<B>>): UpstreamRequest<B> => ({
      to: { scheme: "http", host: "127.0.0.1", port: origin?.port ?? 1 },
      method: "GET",
      target: "/path?query",
      fields: [["host", "site.example"]],
      body: undefined,
      allowPrivate: true,
      timeouts: { connectMs: 2_000, firstByteMs: 2_000, betweenBytesMs: 2_000 },
      cancellation: new Cancellation(),
      ...change,
    });
    const fetch = (change: Partial<UpstreamRequest<B>> = {}): Promise<UpstreamResult<B>> =>
      adapter.upstream.fetch(request(change));
    const answered = async (result: UpstreamResult<B>): Promise<{ head: ResponseHead; body: string | undefined }> => {
      if (result.kind === "failure") throw new Error(`${result.failure}: ${result.detail}`);
      return { head: result.head, body: result.body === undefined ? undefined : await adapter.text(result.body) };
    };

    describe("sends", () => {
      test("the request as it stands", async () => {
        let received = "";
        await listen((exchange) => {
          received = exchange.received();
          exchange.socket.end(OK);
        });
        const fields = [
          ["host", "site.example"],
          ["x-b", "1"],
          ["x-a", "\xe9"],
          ["x-b", "2"],
        ] as const;
        await answered(await fetch({ target: "//a/%2e?q=\xb1".replace("\xb1", "%b1"), fields }));
        expect(received.split("\r\n")[0]).toBe("GET //a/%2e?q=%b1 HTTP/1.1");
        expect(received.toLowerCase()).toContain("host: site.example\r\n");
        expect(received.toLowerCase()).toMatch(/x-b: 1\r\nx-a: \xe9\r\nx-b: 2\r\n/);
        expect(received.toLowerCase()).not.toContain("content-length");
        expect(received.toLowerCase()).not.toContain("user-agent");
      });
      test("a body of known length, and one in chunks", async () => {
        const received: string[] = [];
        await listen((exchange) => {
          setTimeout(() => {
            received.push(exchange.received());
            exchange.socket.end(OK);
          }, 30);
        });
        const known = [
          ["host", "a"],
          ["content-length", "4"],
        ] as const;
        await answered(await fetch({ method: "POST", body: adapter.stream(["ab", "cd"]), fields: known }));
        await answered(await fetch({ method: "POST", body: adapter.stream(["ab", "cd"]) }));
        expect(received[0]).toMatch(/content-length: 4\r\n(?:.*\r\n)?\r\nabcd$/is);
        expect(received[1]).toMatch(/transfer-encoding: chunked\r\n/i);
        expect(received[1]).toMatch(/2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n/);
      });
      test("a broken request body as a broken request, never as a whole one", async () => {
        const received: RawExchange[] = [];
        await listen((exchange) => received.push(exchange));
        const result = await fetch({ method: "POST", body: adapter.stream(["ab"], "client gone") });
        expect(result).toMatchObject({ kind: "failure", failure: "cancelled" });
        for (const exchange of received) expect(exchange.received()).not.toContain("\r\n0\r\n\r\n");
      });
    });

    describe("gives back", () => {
      test("status, fields in order with lower-case names and trimmed values, and the body", async () => {
        await says("HTTP/1.1 201 Made\r\nX-B:  1 \r\nx-A: \xe9\r\nX-b: 2\r\nContent-Length: 5\r\n\r\nhello");
        const result = await fetch();
        expect(result).toMatchObject({ kind: "response", closeDelimited: false });
        const { head, body } = await answered(result);
        expect(head.status).toBe(201);
        expect(head.fields).toEqual([
          ["x-b", "1"],
          ["x-a", "\xe9"],
          ["x-b", "2"],
          ["content-length", "5"],
        ]);
        expect(body).toBe("hello");
      });
      test("a chunked body without its framing, trailers dropped", async () => {
        await says(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n1\r\n!\r\n0\r\nSet-Cookie: a=b\r\n\r\n",
        );
        const { head, body } = await answered(await fetch());
        expect(body).toBe("ok!");
        expect(JSON.stringify(head.fields)).not.toContain("set-cookie");
      });
      test("R04 a body that ends with the connection, marked as such", async () => {
        await says("HTTP/1.1 200 OK\r\n\r\nto the end");
        const result = await fetch();
        expect(result).toMatchObject({ kind: "response", closeDelimited: true });
        expect((await answered(result)).body).toBe("to the end");
      });
      test("no body for HEAD, 204, 304 and a length of 0", async () => {
        await listen(({ socket, received }) => {
          const status = /GET \/(\d+)/.exec(received())?.[1] ?? "200";
          socket.end(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`);
        });
        for (const target of ["/204", "/304", "/200"]) {
          expect(await fetch({ target })).toMatchObject({ kind: "response", body: undefined, closeDelimited: false });
        }
        expect(await fetch({ method: "HEAD", target: "/" })).toMatchObject({ body: undefined, closeDelimited: false });
      });
      test("redirects, compressed bodies and errors untouched", async () => {
        await says(
          "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b!",
        );
        const { head, body } = await answered(await fetch());
        expect(head.status).toBe(302);
        expect(Buffer.byteLength(body ?? "")).toBeGreaterThan(2);
        expect(origin?.requests()).toBe(1);
      });
      test("interim responses as they come", async () => {
        await says(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`);
        const interim: ResponseHead[] = [];
        const { head } = await answered(await fetch({ onInterim: (early) => interim.push(early) }));
        expect(head.status).toBe(200);
        expect(interim).toEqual([
          { status: 103, fields: [["link", "</a>"]] },
          { status: 102, fields: [] },
        ]);
      });
      test("the head before the body is there", async () => {
        let finish = (): void => {};
        await listen(({ socket }) => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
          finish = () => socket.end("cd");
        });
        const result = await fetch();
        expect(result.kind).toBe("response");
        finish();
        expect((await answered(result)).body).toBe("abcd");
      });
      test("large bodies whole", async () => {
        const part = "0123456789abcdef".repeat(4_096);
        await listen(({ socket }) => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${part.length * 40}\r\n\r\n`);
          for (let count = 0; count < 40; count += 1) socket.write(part);
          socket.end();
        });
        expect((await answered(await fetch())).body).toBe(part.repeat(40));
      });
    });

    describe("keeps connections", () => {
      // A connection is free again a turn after its answer was whole.
      const answeredAndFree = async (): Promise<string | undefined> => {
        const { body } = await answered(await fetch());
        await new Promise((resolve) => setTimeout(resolve, 5));
        return body;
      };
      /** Answers the first request of each connection and breaks it at the second. */
      const breaksKept = (): Promise<RawOrigin> =>
        listen(({ socket, requests }) => {
          if (requests === 1) socket.write(OK);
          else socket.resetAndDestroy();
        });

      test("and uses one for request after request", async () => {
        const { connections } = await listen(({ socket }) => socket.write(OK));
        for (let count = 0; count < 3; count += 1) expect(await answeredAndFree()).toBe("ok");
        expect(connections()).toBe(1);
      });
      test("to no more than one target", async () => {
        await listen(({ socket }) => socket.write(OK));
        const other = await rawOrigin(({ socket }) => socket.write(OK.replace("ok", "no")));
        expect(await answeredAndFree()).toBe("ok");
        const to = { scheme: "http", host: "127.0.0.1", port: other.port } as const;
        expect((await answered(await fetch({ to }))).body).toBe("no");
        await other.close();
      });
      test("and sends a GET once more when a kept one breaks under it", async () => {
        const { connections, requests } = await breaksKept();
        expect(await answeredAndFree()).toBe("ok");
        expect(await answeredAndFree()).toBe("ok");
        expect([connections(), requests()]).toEqual([2, 3]);
      });
      test("but no POST, nor anything with a body", async () => {
        const { requests } = await breaksKept();
        const known = [
          ["host", "a"],
          ["content-length", "1"],
        ] as const;
        for (const change of [{ method: "POST" }, { method: "PUT", body: adapter.stream(["x"]), fields: known }]) {
          const before = requests();
          expect(await answeredAndFree()).toBe("ok");
          expect(await fetch(change)).toMatchObject({ kind: "failure", failure: "reset" });
          expect(requests()).toBe(before + 2);
        }
      });
      test("R05 drops a connection on which more came than was asked for", async () => {
        await listen(({ socket, connection }) => {
          socket.write(connection === 1 ? OK + OK.replace("ok", "no") : OK);
        });
        expect(await answeredAndFree()).toBe("ok");
        expect(await answeredAndFree()).toBe("ok");
        expect(origin?.connections()).toBe(2);
      });
    });

    describe("refuses as malformed", () => {
      test.each(MALFORMED)("%s", async (_name, bytes) => {
        const { requests } = await says(bytes);
        expect(await fetch()).toMatchObject({ kind: "failure", failure: "malformed" });
        expect(requests()).toBe(1);
      });
    });

    describe("fails the body", () => {
      test.each(CUT)("%s", async (_name, bytes) => {
        await says(bytes);
        const result = await fetch();
        expect(result.kind).toBe("response");
        await expect(answered(result)).rejects.toThrow();
      });
      test("R03 when the connection is reset midway", async () => {
        await listen(({ socket }) => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok", () => {
            setTimeout(() => socket.resetAndDestroy(), 20);
          });
        });
        await expect(answered(await fetch())).rejects.toThrow();
      });
      test("R14 when it stalls", async () => {
        await listen(({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"));
        const timeouts = { connectMs: 500, firstByteMs: 500, betweenBytesMs: 150 };
        await expect(answered(await fetch({ timeouts }))).rejects.toThrow();
      });
    });

    describe("ignores", () => {
      test.each(UNWANTED)("%s", async (_name, method, bytes) => {
        await listen(({ socket, connection }) => socket.write(connection === 1 ? bytes : OK));
        expect(await fetch({ method })).toMatchObject({ kind: "response", body: undefined });
        expect((await answered(await fetch())).body).toBe("ok");
        expect(origin?.connections()).toBe(2);
      });
    });

    describe("answers with a failure", () => {
      test("when nobody listens", async () => {
        const gone = await rawOrigin(() => {});
        await gone.close();
        const to = { scheme: "http", host: "127.0.0.1", port: gone.port } as const;
        expect(await fetch({ to })).toMatchObject({ kind: "failure", failure: "refused" });
      });
      test("when the name does not resolve, or is none", async () => {
        for (const host of ["absent.invalid", "not a name", "a/b", "user@a"]) {
          const to = { scheme: "http", host, port: 80 } as const;
          expect(await fetch({ to })).toMatchObject({ kind: "failure", failure: "unresolved" });
        }
      });
      test("when the connection breaks before the head is whole", async () => {
        for (const bytes of ["", "HTTP/1.1 200 OK\r\nContent-Le"]) {
          const broken = await rawOrigin(({ socket }) => socket.end(bytes));
          const to = { scheme: "http", host: "127.0.0.1", port: broken.port } as const;
          expect(await fetch({ to })).toMatchObject({ kind: "failure", failure: "reset" });
          expect(broken.requests()).toBe(1);
          await broken.close();
        }
      });
      test("when no head comes in time", async () => {
        await listen(() => {});
        const timeouts = { connectMs: 500, firstByteMs: 150, betweenBytesMs: 500 };
        expect(await fetch({ timeouts })).toMatchObject({ kind: "failure", failure: "first-byte-timeout" });
      });
      test("when a TLS peer speaks something else", async () => {
        await listen(({ socket }) => socket.end("hello"));
        const port = origin?.port ?? 1;
        const result = await fetch({
          to: { scheme: "https", host: "127.0.0.1", port },
          timeouts: { connectMs: 300, firstByteMs: 300, betweenBytesMs: 300 },
        });
        expect(result.kind).toBe("failure");
      });
      test("when it is cancelled: before, while it waits, and in the body", async () => {
        const early = new Cancellation();
        early.cancel();
        await listen(({ socket, received }) => {
          if (received().includes("/body")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok");
        });
        expect(await fetch({ cancellation: early })).toMatchObject({ failure: "cancelled" });
        expect(origin?.connections()).toBe(0);
        const waiting = new Cancellation();
        const pending = fetch({ cancellation: waiting });
        setTimeout(() => waiting.cancel(), 30);
        expect(await pending).toMatchObject({ failure: "cancelled" });
        const reading = new Cancellation();
        const result = await fetch({ target: "/body", cancellation: reading });
        const body = answered(result);
        reading.cancel();
        await expect(body).rejects.toThrow();
      });
    });

    test("leaving a body early closes its connection", async () => {
      const closed = new Promise<void>((resolve) => {
        void listen(({ socket }) => {
          socket.on("close", () => resolve());
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegin");
        }).then(async () => {
          const result = await fetch();
          if (result.kind === "response" && result.body !== undefined) await adapter.readFirstAndLeave(result.body);
        });
      });
      await closed;
    });
    test("a reader that does not read stops the origin", async () => {
      let written = 0;
      await listen(({ socket }) => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        const block = Buffer.alloc(65_536);
        const pump = (): void => {
          while (!socket.destroyed && written < 200_000_000) {
            written += block.length;
            if (!socket.write(block)) {
              socket.once("drain", pump);
              return;
            }
          }
        };
        pump();
      });
      const result = await fetch();
      expect(result.kind).toBe("response");
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(written).toBeLessThan(30_000_000);
    });
    test("private addresses are refused in every spelling, before anything is sent", async () => {
      await says(OK);
      const port = origin?.port ?? 1;
      const hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "10.1.2.3",
        "100.64.0.1",
        "fd00::1",
        "fe80::1",
        "64:ff9b::7f00:1",
        "localhost",
      ];
      for (const host of hosts) {
        const result = await fetch({ to: { scheme: "http", host, port }, allowPrivate: false });
        expect(result, host).toMatchObject({ kind: "failure", failure: "forbidden-address" });
      }
      expect(origin?.connections()).toBe(0);
    });
  });
}
