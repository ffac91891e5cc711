/** What every upstream must do with origins that are hostile, broken, slow or forbidden (FAULTS 2.B, O01). */
import { describe, expect, test } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import { CUT, MALFORMED, OK, UNWANTED } from "./hostile-answers.ts";
import { rawOrigin } from "./raw-origin.ts";
import { type UpstreamUnderTest, upstreamHarness } from "./upstream-harness.ts";

/** The suite. */
export function upstreamFaultsContract<B>(name: string, make: () => UpstreamUnderTest<B>): void {
  describe(`${name} as an upstream of bad origins`, () => {
    const harness = upstreamHarness(make);
    const { listen, says, fetch, answered } = harness;

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
        expect(harness.origin()?.connections()).toBe(2);
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
        const port = harness.origin()?.port ?? 1;
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
        expect(harness.origin()?.connections()).toBe(0);
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
          if (result.kind === "response" && result.body !== undefined)
            await harness.adapter().readFirstAndLeave(result.body);
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
      const port = harness.origin()?.port ?? 1;
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
      expect(harness.origin()?.connections()).toBe(0);
    });
  });
}
