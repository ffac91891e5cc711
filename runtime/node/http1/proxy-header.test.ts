/** A listener behind a load balancer that speaks the PROXY protocol, and on IPv6. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type Cidr, parseCidr } from "../../../core/net/address.ts";
import { client, serve, told, until } from "./listener-harness.ts";
import { listen } from "./server.ts";

const range = (text: string): Cidr => {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(text);
  return cidr;
};
const LOOPBACK = [range("127.0.0.0/8")];
const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

test("the client is whom the header names, for every request of the connection", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: LOOPBACK });
  const two = `GET / HTTP/1.1\r\nHost: a\r\n\r\n${REQUEST}`;
  await client(listener, `PROXY TCP6 2001:db8::7 ::1 1 2\r\n${two}`).done;
  expect(told.seen.map(({ peerAddress }) => peerAddress)).toEqual(["2001:db8::7", "2001:db8::7"]);
});

test("the header may come in pieces, and the request much later", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: LOOPBACK });
  const { socket, done } = client(listener, "PROXY TCP4 192.0");
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write(".2.7 127.0.0.1 1 2\r\n");
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write(REQUEST);
  expect(await done).toMatch(/^HTTP\/1\.1 200 /);
  expect(told.seen[0]?.peerAddress).toBe("192.0.2.7");
});

test("a load balancer that checks by itself is itself", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: LOOPBACK });
  await client(listener, `PROXY UNKNOWN\r\n${REQUEST}`).done;
  expect(told.seen[0]?.peerAddress).toBe("127.0.0.1");
});

test("who must send a header and does not is closed without an answer", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: LOOPBACK });
  const { socket, done } = client(listener, REQUEST);
  socket.on("error", () => {});
  expect(await done.catch(() => "")).toBe("");
  expect(told.seen).toEqual([]);
});

test("nobody waits for a header for ever", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: LOOPBACK, limits: { headersMs: 50 } });
  expect(await client(listener, "PROXY TCP4 1").done).toBe("");
  await until(() => listener.connections() === 0);
});

test("a header from anybody else is a malformed request", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: [range("192.0.2.0/24")] });
  expect(await client(listener, `PROXY TCP4 198.51.100.1 127.0.0.1 1 2\r\n${REQUEST}`).done).toMatch(
    /^HTTP\/1\.1 400 /,
  );
  expect(told.seen).toEqual([]);
});

test("connections without a header yet do not hold up the end of the listener", async () => {
  const listener = await serve(() => ({}), { proxyProtocolFrom: LOOPBACK });
  const { done } = client(listener, "PROXY ");
  await until(() => listener.connections() === 1);
  await listener.close(10_000);
  expect(await done).toBe("");
});

test("IPv6 clients are known by their address, IPv4 ones on the same socket by theirs", async () => {
  const peers: string[] = [];
  const listener = await listen({
    ...{ host: "::", port: 0, onError: () => {} },
    handler: ({ peerAddress }) => {
      peers.push(peerAddress);
      return { head: { status: 204, fields: [] }, body: undefined, sent: () => {} };
    },
  });
  for (const host of ["::1", "127.0.0.1"]) {
    await new Promise((resolve) => {
      const socket = connect(listener.address.port, host, () => socket.end(REQUEST));
      socket.on("close", resolve).resume();
    });
  }
  await listener.close(0);
  expect(peers).toEqual(["::1", "127.0.0.1"]);
});
