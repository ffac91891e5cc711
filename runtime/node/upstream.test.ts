/** The Node upstream under the contract, and what only it promises. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import { isPublicAddress } from "../../core/net/address-class.ts";
import type { UpstreamRequest } from "../../core/ports.ts";
import { rawOrigin } from "../../test/contract/raw-origin.ts";
import { upstreamContract } from "../../test/contract/upstream.ts";
import { upstreamFaultsContract } from "../../test/contract/upstream-faults.ts";
import type { UpstreamUnderTest } from "../../test/contract/upstream-harness.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { NodeUpstream } from "./upstream.ts";

async function text(body: ByteBody): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function* stream(chunks: readonly string[], failure?: string): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
  if (failure !== undefined) throw new Error(failure);
}

function underTest(): UpstreamUnderTest<ByteBody> {
  const upstream = new NodeUpstream();
  return {
    upstream,
    text,
    stream,
    readFirstAndLeave: async (body) => {
      if (body instanceof Uint8Array) return Buffer.from(body).toString();
      for await (const chunk of body) return Buffer.from(chunk).toString();
      return "";
    },
    close: () => upstream.destroy(),
  };
}

upstreamContract("Node", underTest);
upstreamFaultsContract("Node", underTest);

function request(
  change: Partial<UpstreamRequest<ByteBody>> & Pick<UpstreamRequest<ByteBody>, "to">,
): UpstreamRequest<ByteBody> {
  return {
    method: "GET",
    target: "/",
    fields: [["host", "site.example"]],
    body: undefined,
    allowPrivate: true,
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, betweenBytesMs: 2_000 },
    cancellation: new Cancellation(),
    ...change,
  };
}

test("a body that came with its head is one buffer", async () => {
  const origin = await rawOrigin(({ socket }) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const upstream = new NodeUpstream();
  const result = await upstream.fetch(request({ to: { scheme: "http", host: "127.0.0.1", port: origin.port } }));
  expect(result).toMatchObject({ kind: "response", body: expect.any(Uint8Array) });
  await upstream.destroy();
  await origin.close();
});

test("a name that resolves to private addresses only is refused; among others they are left out", async () => {
  const origin = await rawOrigin(({ socket }) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const asked: string[] = [];
  const upstream = new NodeUpstream({
    resolveName: (hostname, _options, callback) => {
      asked.push(hostname);
      callback(null, [{ address: "127.0.0.1", family: 4 }]);
    },
  });
  const to = { scheme: "http", host: "rebound.example", port: origin.port } as const;
  expect(await upstream.fetch(request({ to, allowPrivate: false }))).toMatchObject({ failure: "forbidden-address" });
  expect(origin.connections()).toBe(0);
  expect((await upstream.fetch(request({ to }))).kind).toBe("response");
  expect(asked).toEqual(["rebound.example", "rebound.example"]);
  await upstream.destroy();
  await origin.close();
});

test("an idle connection is kept for as long as it is told", async () => {
  let closed = false;
  const origin = await rawOrigin(({ socket }) => {
    socket.on("close", () => {
      closed = true;
    });
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const upstream = new NodeUpstream({ idleConnectionMs: 100 });
  const to = { scheme: "http", host: "127.0.0.1", port: origin.port } as const;
  await upstream.fetch(request({ to }));
  expect(closed).toBe(false);
  await expect.poll(() => closed, { timeout: 3_000 }).toBe(true);
  await upstream.destroy();
  await origin.close();
});

test("OPTIONS * goes on in absolute form, as the last proxy's duty is written", async () => {
  let line = "";
  const origin = await rawOrigin(({ socket, received }) => {
    line = received().split("\r\n")[0] ?? "";
    socket.end("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const upstream = new NodeUpstream();
  const to = { scheme: "http", host: "127.0.0.1", port: origin.port } as const;
  await upstream.fetch(request({ to, method: "OPTIONS", target: "*" }));
  expect(line).toBe("OPTIONS http://site.example HTTP/1.1");
  await upstream.destroy();
  await origin.close();
});

const addresses: readonly (readonly [string, boolean])[] = [
  ["8.8.8.8", true],
  ["100.63.255.255", true],
  ["172.32.0.1", true],
  ["2606:4700::1111", true],
  ["127.0.0.1", false],
  ["10.0.0.1", false],
  ["172.16.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["0.0.0.0", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:10.0.0.1", false],
  ["fc00::1", false],
  ["fe80::1", false],
  ["ff02::1", false],
  ["64:ff9b::7f00:1", false],
  ["2002:7f00:1::", false],
  ["2001:db8::1", false],
  ["not an address", false],
  ["", false],
];

test.each(addresses)("the address %s is public: %s", (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

describe("over TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "antipode-tls-"));
  let server: Server;
  let certificate = "";

  beforeAll(async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=origin.test", "-addext", "subjectAltName=DNS:origin.test"];
    const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
    certificate = readFileSync(cert, "utf8");
    server = createServer({ key: readFileSync(key), cert: certificate }, (incoming, response) => {
      response.end(`${incoming.headers.host} ${String(Reflect.get(incoming.socket, "servername"))}`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const fetchFrom = async (host: string, trustedAuthorities: readonly string[]) => {
    const address = server.address();
    const upstream = new NodeUpstream({
      trustedAuthorities,
      resolveName: (_hostname, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    const port = typeof address === "object" && address !== null ? address.port : 1;
    const result = await upstream.fetch(request({ to: { scheme: "https", host, port } }));
    const body = result.kind === "response" && result.body !== undefined ? await text(result.body) : undefined;
    await upstream.destroy();
    return { result, body };
  };

  test("the target's own name is asked for and verified, whatever Host says", async () => {
    expect((await fetchFrom("origin.test", [certificate])).body).toBe("site.example origin.test");
  });
  test("an unknown authority is a failure", async () => {
    expect((await fetchFrom("origin.test", [])).result).toMatchObject({ kind: "failure", failure: "tls" });
  });
  test("a certificate for another name is a failure", async () => {
    expect((await fetchFrom("other.test", [certificate])).result).toMatchObject({ kind: "failure", failure: "tls" });
  });
  test("a certificate for a name is none for an address", async () => {
    expect((await fetchFrom("127.0.0.1", [certificate])).result).toMatchObject({ kind: "failure", failure: "tls" });
  });
});
