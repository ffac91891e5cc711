/** What every upstream must do with origins that behave. Run on each adapter by a test beside it. */
import { describe, expect, test } from "vitest";
import type { ResponseHead } from "../../core/http/fields.ts";
import { OK } from "./hostile-answers.ts";
import { type RawExchange, type RawOrigin, rawOrigin } from "./raw-origin.ts";
import { type UpstreamUnderTest, upstreamHarness } from "./upstream-harness.ts";

/** The suite; together with `upstreamFaultsContract` it is the whole contract. */
export function upstreamContract<B>(name: string, make: () => UpstreamUnderTest<B>): void {
  describe(`${name} as an upstream`, () => {
    const harness = upstreamHarness(make);
    const { listen, says, fetch, answered, answeredAndFree } = harness;

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
        await answered(await fetch({ method: "POST", body: harness.adapter().stream(["ab", "cd"]), fields: known }));
        await answered(await fetch({ method: "POST", body: harness.adapter().stream(["ab", "cd"]) }));
        expect(received[0]).toMatch(/content-length: 4\r\n(?:.*\r\n)?\r\nabcd$/is);
        expect(received[1]).toMatch(/transfer-encoding: chunked\r\n/i);
        expect(received[1]).toMatch(/2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n/);
      });
      test("word when it takes no more room, once, of answers and of failures", async () => {
        let over = 0;
        const onOver = (): void => {
          over += 1;
        };
        await harness.says(OK);
        await answered(await fetch({ onOver }));
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(over).toBe(1);
        await harness.says("nonsense\r\n\r\n");
        expect((await fetch({ onOver })).kind).toBe("failure");
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(over).toBe(2);
      });
      test("a broken request body as a broken request, never as a whole one", async () => {
        const received: RawExchange[] = [];
        await listen((exchange) => received.push(exchange));
        const result = await fetch({ method: "POST", body: harness.adapter().stream(["ab"], "client gone") });
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
        expect(harness.origin()?.requests()).toBe(1);
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
        for (const change of [
          { method: "POST" },
          { method: "PUT", body: harness.adapter().stream(["x"]), fields: known },
        ]) {
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
        expect(harness.origin()?.connections()).toBe(2);
      });
    });
  });
}
