/**
 * A CDN as a way into its own network: every spelling of a private address, names that resolve to one, names that change
 * their mind, peers that turn out to be another. Refused when a config is read, before connecting, and before the first byte.
 */
import { connect, createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import { parseOriginUrl, privateKind } from "../../core/config/origin-url.ts";
import type { UpstreamRequest } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import type { ConnectOptions } from "../../runtime/node/connect.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";
import { ALL_PRIVATE_SPELLINGS } from "./address-spellings.ts";

let server: Server;
let connections = 0;
let receivedBytes = 0;
let upstream: NodeUpstream | undefined;

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      receivedBytes += chunk.byteLength;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  connections = 0;
  receivedBytes = 0;
});
afterEach(() => upstream?.destroy());

function port(): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function to(host: string, scheme: "http" | "https" = "http"): UpstreamRequest<ByteBody> {
  return {
    to: { scheme, host, port: port() },
    method: "GET",
    target: "/",
    fields: [["host", "site.example"]],
    body: undefined,
    allowPrivate: false,
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, betweenBytesMs: 2_000 },
    cancellation: new Cancellation(),
  };
}

/** Answers of a resolver, one a question; the last one goes on. */
function resolving(...answers: readonly (readonly string[])[]): ConnectOptions & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolveName: (hostname, _options, callback) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
      asked.push(hostname);
      callback(
        null,
        answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    },
  };
}

/** A name as public ones are, and a network in which each public address leads to the server of this test. */
const NAME = "origin.example";
const everywhereHere: ConnectOptions["dial"] = () => connect({ host: "127.0.0.1", port: port() });
/** The same, and the peer seems to have the public address. */
const posing: ConnectOptions["dial"] = (options) => {
  const socket = connect({
    ...{ host: NAME, port: port() },
    lookup: (hostname, asked, callback) => {
      options.lookup?.(hostname, asked, (error) => {
        if (error === null) callback(null, asked.all === true ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4);
        else callback(error, "");
      });
    },
  });
  return Object.defineProperty(socket, "remoteAddress", { value: "8.8.8.8" });
};

it("the table has a hundred spellings and more", () => {
  expect(new Set(ALL_PRIVATE_SPELLINGS.map(([spelling]) => spelling)).size).toBeGreaterThanOrEqual(100);
});

describe("a private address, however it is spelled", () => {
  it.each(ALL_PRIVATE_SPELLINGS)("%j (%s) is refused in a config", (spelling) => {
    for (const url of [`http://${spelling}`, `https://${spelling}:8443/`]) {
      const parsed = parseOriginUrl(url);
      if (parsed.kind === "origin") expect(privateKind(parsed.target), url).toBeDefined();
    }
  });

  it.each(ALL_PRIVATE_SPELLINGS)("%j (%s) is refused before connecting, should it get that far", async (spelling) => {
    // As a name it resolves to what it is meant to reach.
    upstream = new NodeUpstream(resolving(["127.0.0.1"]));
    for (const host of [spelling, spelling.replace(/^\[|\]$/g, "")]) {
      const result = await upstream.fetch(to(host));
      expect(result, host).toMatchObject({ kind: "failure" });
      if (result.kind === "failure") expect(["forbidden-address", "unresolved"], host).toContain(result.failure);
    }
    expect(connections).toBe(0);
  });
});

describe("a name", () => {
  it.each([
    [["127.0.0.1"]],
    [["10.0.0.1", "169.254.169.254"]],
    [["::1"]],
    [["::ffff:127.0.0.1"]],
    [["fe80::1%lo"]],
    [["2130706433"]],
    [["0x7f.1"]],
    [[]],
  ])("that resolves to %j is refused without a connection", async (addresses) => {
    upstream = new NodeUpstream(resolving(addresses));
    expect(await upstream.fetch(to(NAME))).toMatchObject({ kind: "failure", failure: "forbidden-address" });
    expect(connections).toBe(0);
  });

  it("has each record of its answer looked at: private ones are never tried", async () => {
    const tried: string[] = [];
    upstream = new NodeUpstream({
      ...resolving(["127.0.0.1", "192.0.2.9", "8.8.8.8", "::1", "2606:4700::1"]),
      dial: (options) => {
        const socket = connect({ host: "127.0.0.1", port: port() });
        options.lookup?.(NAME, { all: true }, (_error, addresses) => {
          if (typeof addresses !== "string") tried.push(...addresses.map(({ address }) => address));
        });
        return socket;
      },
    });
    await upstream.fetch(to(NAME));
    expect(tried).toEqual(["8.8.8.8", "2606:4700::1"]);
  });

  it("that turns private with its second answer is refused then: each connection resolves and looks anew", async () => {
    const resolver = resolving(["8.8.8.8"], ["127.0.0.1"]);
    upstream = new NodeUpstream({ ...resolver, dial: posing });
    expect(await upstream.fetch(to(NAME))).toMatchObject({ kind: "response" });
    expect(await upstream.fetch(to(NAME))).toMatchObject({ kind: "failure", failure: "forbidden-address" });
    expect(resolver.asked).toEqual([NAME, NAME]);
    expect(connections).toBe(1);
  });
});

describe.each(["http", "https"] as const)("a peer that is not who it was resolved to be, over %s", (scheme) => {
  it("hears not one byte", async () => {
    upstream = new NodeUpstream({ ...resolving(["8.8.8.8"]), dial: everywhereHere });
    const result = await upstream.fetch(to(NAME, scheme));
    expect(result).toMatchObject({ kind: "failure", failure: "forbidden-address", detail: "127.0.0.1 is not public" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect({ connections, receivedBytes }).toEqual({ connections: 1, receivedBytes: 0 });
  });
});
