/** Tests of how requests reach the role. */
import { describe, expect, test } from "vitest";
import { client, get, last, readAll, serve, text, told, until } from "./listener-harness.ts";

describe("a request reaches the role", () => {
  test("as a clean head, with the peer's address and the time", async () => {
    const listener = await serve(() => text("ok"));
    await client(listener, "GET //x/%2e?q HTTP/1.1\r\nHOST: A.example.:80\r\nX-A:  b \r\nConnection: close\r\n\r\n")
      .done;
    expect(told.seen[0]?.head).toEqual({
      method: "GET",
      scheme: "http",
      authority: "a.example",
      target: "//x/%2e?q",
      fields: [
        ["host", "A.example.:80"],
        ["x-a", "b"],
        ["connection", "close"],
      ],
    });
    expect(told.seen[0]?.body).toBeUndefined();
    expect(told.seen[0]?.peerAddress).toBe("127.0.0.1");
    expect(Math.abs((told.seen[0]?.receivedAtMs ?? 0) - Date.now())).toBeLessThan(5_000);
  });
  test("with its body, by length and by chunks, and the connection goes on", async () => {
    const listener = await serve(async ({ body }) => text(await readAll(body)));
    const post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const sentBytes = `${post}Content-Length: 5\r\n\r\nhello${post}Transfer-Encoding: chunked\r\n\r\n2\r\nwo\r\n3;x=y\r\nrld\r\n0\r\nX: y\r\n\r\n`;
    const received = await client(listener, sentBytes + last("/")).done;
    expect(received).toMatch(/\r\n\r\nhelloHTTP.*\r\n\r\nworldHTTP/s);
  });
  test("and 100 (Continue) is said only when somebody reads", async () => {
    const listener = await serve(async ({ head, body }) =>
      head.target === "/read" ? text(await readAll(body)) : text("no"),
    );
    const put = (target: string): string =>
      `PUT ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
    const reads = client(listener, put("/read"));
    await until(() => reads.received().includes("100 Continue"));
    reads.socket.write("hi");
    await until(() => reads.received().endsWith("\r\n\r\nhi"));
    const received = await client(listener, put("/")).done;
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(received).toContain("Connection: close");
  });
  test("pipelined requests are answered in order, however long each takes", async () => {
    const listener = await serve(async ({ head }) => {
      await new Promise((resolve) => setTimeout(resolve, head.target === "/0" ? 40 : 0));
      return text(`<${head.target}>`);
    });
    const targets = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const received = await client(listener, targets.map((target) => get(target)).join("") + last("/last")).done;
    expect(received.match(/<[^>]+>/g)).toEqual([...targets, "/last"].map((target) => `<${target}>`));
    expect(told.sent).toHaveLength(21);
    expect(told.sent.every(({ complete }) => complete)).toBe(true);
  });
});
