/** The name server's sockets, with datagrams and connections as they come. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { DnsMessage } from "../../../core/dns/dns-server.ts";
import { type DnsListener, type DnsListenOptions, listenDns } from "./dns-listener.ts";
import { listenTcp } from "./tcp.ts";

const open: DnsListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Says back what it hears, with the transport in front. */
const echo = ({ bytes, transport }: DnsMessage) => ({
  reply: Buffer.concat([Buffer.from(transport), bytes]),
  result: "noerror" as const,
  type: "A",
});

async function start(more: Partial<DnsListenOptions> = {}): Promise<DnsListener> {
  const tcp = { dnsTcpConnectionsMax: 3, dnsTcpConnectionsPerIpMax: 2, dnsTcpIdleMs: 10_000, ...more.tcp };
  const base = { host: "127.0.0.1", port: 0, reusePort: false, answer: echo, onOutcome: () => {}, onError: () => {} };
  const listener = await listenDns({ ...base, ...more, tcp });
  open.push(listener);
  return listener;
}

async function dialed({ address }: DnsListener): Promise<Socket> {
  const socket = connect(address.port, address.host);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const framed = (text: string) => Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)]);

test("a datagram is answered where it came from", async () => {
  const { address } = await start();
  const client = createSocket("udp4");
  client.send("hello", address.port, address.host);
  const [reply] = await once(client, "message");
  expect(String(reply)).toBe("udphello");
  client.close();
});

test("a connection carries many queries, whole or in pieces, and is answered in order", async () => {
  const socket = await dialed(await start());
  const both = Buffer.concat([framed("one"), framed("two")]);
  for (const byte of both) {
    socket.write(Buffer.of(byte));
    await pause(0);
  }
  socket.write(Buffer.concat([framed("three"), framed("four")]));
  let heard = Buffer.alloc(0);
  for await (const bytes of socket) {
    heard = Buffer.concat([heard, bytes]);
    if (heard.includes("tcpfour")) break;
  }
  expect(heard.toString("latin1")).toBe("\0\x06tcpone\0\x06tcptwo\0\x08tcpthree\0\x07tcpfour");
});

test("who announces more than a query can be is cut", async () => {
  const socket = await dialed(await start());
  socket.write(Buffer.of(0x20, 0));
  await once(socket, "close");
});

test("who sends a byte now and then is cut when its time for a query is over", async () => {
  const socket = await dialed(
    await start({ tcp: { dnsTcpConnectionsMax: 3, dnsTcpConnectionsPerIpMax: 3, dnsTcpIdleMs: 150 } }),
  );
  const trickle = setInterval(() => socket.write(Buffer.of(1)), 20);
  await once(socket, "close");
  clearInterval(trickle);
});

test("beyond the connections that there may be nobody is let in, and when one leaves somebody is", async () => {
  const listener = await start();
  const first = [await dialed(listener), await dialed(listener), await dialed(listener)];
  const fourth = await dialed(listener);
  await once(fourth, "close");
  expect(listener.connections()).toBe(3);
  first[0]?.destroy();
  while (listener.connections() > 2) await pause(1);
  const fifth = await dialed(listener);
  fifth.write(framed("x"));
  expect(String((await once(fifth, "data"))[0])).toContain("tcpx");
});

test("a bug of ours is told, and the asker hears SERVFAIL with the id of its query", async () => {
  const errors: unknown[] = [];
  const results: string[] = [];
  const { address } = await start({
    answer: () => {
      throw new Error("a bug");
    },
    onError: (error) => errors.push(error),
    onOutcome: ({ result }) => results.push(result),
  });
  const client = createSocket("udp4");
  client.send(Buffer.of(0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), address.port, address.host);
  const [reply] = await once(client, "message");
  expect([...(reply as Buffer)]).toEqual([0xab, 0xcd, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(errors).toHaveLength(1);
  expect(results).toEqual(["servfail"]);
  client.close();
});

test("a connection that cannot be accepted is told of, and ends nothing", async () => {
  const errors: unknown[] = [];
  const tcp = { dnsTcpConnectionsMax: 3, dnsTcpConnectionsPerIpMax: 2, dnsTcpIdleMs: 10_000 };
  const options = {
    host: "127.0.0.1",
    port: 0,
    reusePort: false,
    tcp,
    onError: (error: unknown) => errors.push(error),
  };
  const listener = await listenTcp(options, () => undefined);
  listener.server.emit("error", new Error("accept ENFILE"));
  expect(errors).toHaveLength(1);
  await listener.close();
});

test("a port that is taken is said to be", async () => {
  const { address } = await start();
  await expect(start({ port: address.port })).rejects.toThrow(/taken by another program/);
});
