/** TLS with origins: verified unless an administrator says by whom, under the name that the site says, with a certificate of ours. */
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer as createPlain } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { OriginTlsConfig } from "../../core/config/types.ts";
import { tlsFileProblems } from "../../runtime/node/pem-files.ts";
import { describeNeeding } from "../need.ts";
import { type Authority, authority, type Signed } from "./certificates.ts";
import { edgeWithSite } from "./edge-with-site.ts";

let ours: Authority;
let foreign: Authority;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  ours = authority();
  foreign = authority("Somebody else");
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => {
  ours.remove();
  foreign.remove();
});

/** An origin that says what it saw: Host, SNI, and the name in the client's certificate. */
async function origin({ certificateFile, keyFile }: Signed, options: ServerOptions = {}): Promise<number> {
  const files = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  const server: Server = createServer({ ...files, ...options }, (request, response) => {
    const socket = request.socket as TLSSocket & { readonly servername?: string | false };
    const client = socket.getPeerCertificate().subject?.CN;
    response.setHeader("cache-control", "no-store");
    response.end([request.headers.host, socket.servername || "none", client ?? "nobody"].join(" "));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Asks an edge whose site has this origin. Every name resolves to this machine. */
async function edgeFor(url: string, tls: OriginTlsConfig | undefined, hostHeader?: string) {
  const edge = await edgeWithSite(
    { origins: [{ url }], origin: { ...(tls && { tls }), ...(hostHeader !== undefined && { hostHeader }) } },
    { upstream: { resolveName: (_name, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]) } },
  );
  closers.push(() => edge.close());
  return async () => {
    const answer = await fetch(`${edge.url}/`);
    return `${answer.status} ${answer.status === 200 ? await answer.text() : edge.records.at(-1)?.outcome}`;
  };
}

describeNeeding(["openssl"], "TLS with an origin", () => {
  it("verifies the certificate by the system's authorities unless an administrator names others", async () => {
    const port = await origin(ours.sign("origin.test"));
    const url = `https://origin.test:${port}`;
    expect(await (await edgeFor(url, undefined))()).toBe("502 origin-tls");
    expect(await (await edgeFor(url, { authoritiesFile: foreign.file }))()).toBe("502 origin-tls");
    expect(await (await edgeFor(url, { authoritiesFile: ours.file }))()).toBe(
      `200 origin.test:${port} origin.test nobody`,
    );
  });

  it("refuses a certificate for another name, and one that has expired", async () => {
    const tls = { authoritiesFile: ours.file };
    const other = await origin(ours.sign("other.test"));
    expect(await (await edgeFor(`https://origin.test:${other}`, tls))()).toBe("502 origin-tls");
    const old = await origin(ours.sign("origin.test", { validity: "past", as: "old" }));
    expect(await (await edgeFor(`https://origin.test:${old}`, tls))()).toBe("502 origin-tls");
  });

  it("asks for the name that the site says, whatever its URL and Host are, addresses included", async () => {
    const port = await origin(ours.sign("tenant.test"));
    const tls = { authoritiesFile: ours.file, serverName: "Tenant.test" };
    for (const host of ["machine-7.test", "127.0.0.1"]) {
      const ask = await edgeFor(`https://${host}:${port}`, tls, "www.example.com");
      expect(await ask()).toBe("200 www.example.com tenant.test nobody");
    }
  });

  it("says plain HTTP on a TLS port and TLS on a plain one by their outcomes", async () => {
    const port = await origin(ours.sign("origin.test"));
    expect(await (await edgeFor(`http://origin.test:${port}`, undefined))()).toMatch(/^502 origin-(reset|malformed)$/);
  });

  it("checks on health see the same TLS", async () => {
    const port = await origin(ours.sign("origin.test"), { ca: ours.certificate, requestCert: true });
    const client = ours.sign("edge.test");
    const healthCheck = { intervalMs: 500, timeoutMs: 400 };
    const tls = { authoritiesFile: ours.file, serverName: "origin.test", ...client };
    const edge = await edgeWithSite({ origins: [{ url: `https://127.0.0.1:${port}` }], origin: { healthCheck, tls } });
    closers.push(() => edge.close());
    await expect.poll(() => edge.status(), { timeout: 5_000 }).toContain('"up"');
  });
});

describeNeeding(["openssl"], "an origin that wants to know who asks (mutual TLS)", () => {
  const strict = () => ({ ca: ours.certificate, requestCert: true, rejectUnauthorized: true });

  it("refuses an edge without a certificate, and one of another authority", async () => {
    const port = await origin(ours.sign("origin.test"), strict());
    const url = `https://origin.test:${port}`;
    expect(await (await edgeFor(url, { authoritiesFile: ours.file }))()).toBe("502 origin-tls");
    const theirs = foreign.sign("edge.test");
    // Some servers say so in TLS, Node's own hangs up.
    expect(await (await edgeFor(url, { authoritiesFile: ours.file, ...theirs }))()).toMatch(/^502 origin-(tls|reset)$/);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("sees the site's certificate (%s)", async (version) => {
    const port = await origin(ours.sign("origin.test"), { ...strict(), minVersion: version, maxVersion: version });
    const ask = await edgeFor(`https://origin.test:${port}`, { authoritiesFile: ours.file, ...ours.sign("edge.test") });
    expect(await ask()).toBe(`200 origin.test:${port} origin.test edge.test`);
  });

  it("sees a renewed certificate with the next connection, without a restart", async () => {
    const port = await origin(ours.sign("origin.test"), { ...strict(), keepAliveTimeout: 1 });
    const shown = ours.sign("first.test", { as: "renewed" });
    const ask = await edgeFor(`https://origin.test:${port}`, { authoritiesFile: ours.file, ...shown });
    expect(await ask()).toContain("first.test");
    const next = ours.sign("second.test");
    copyFileSync(next.certificateFile, shown.certificateFile);
    copyFileSync(next.keyFile, shown.keyFile);
    for (const file of Object.values(shown)) utimesSync(file, new Date(), new Date(Date.now() + 5_000));
    await expect.poll(ask, { timeout: 5_000 }).toContain("second.test");
  });
});

describeNeeding(["openssl"], "files of TLS", () => {
  it("are looked at before an edge starts, with a sentence for each that is no good", () => {
    const good = ours.sign("edge.test");
    const nonsense = `${ours.folder}/nonsense.pem`;
    writeFileSync(nonsense, "hello");
    expect(tlsFileProblems({ authoritiesFile: ours.file, ...good })).toEqual([]);
    const problems = (tls: Parameters<typeof tlsFileProblems>[0]) => tlsFileProblems(tls).join("; ");
    expect(problems({ authoritiesFile: "/nowhere/ca.pem" })).toMatch(/^\/nowhere\/ca.pem cannot be read: ENOENT/);
    expect(problems({ authoritiesFile: nonsense })).toMatch(/nonsense.pem: no certificate in PEM/);
    expect(problems({ ...good, keyFile: ours.sign("other.test").keyFile })).toMatch(
      /other.test.key: .*key values mismatch/i,
    );
  });
});

describe("a name with several addresses", () => {
  it("is answered by the one that works, soon, although the first ones do not (RFC 8305)", async () => {
    const server = createHttpOrigin();
    const port = await server.listening;
    closers.push(server.close);
    const edge = await edgeWithSite(
      { origins: [{ url: `http://both.test:${port}` }] },
      {
        upstream: {
          // A documentation prefix goes nowhere: neither refused nor answered.
          resolveName: (_name, _options, callback) =>
            callback(null, [
              { address: "2001:db8::1", family: 6 },
              { address: "192.0.2.1", family: 4 },
              { address: "127.0.0.1", family: 4 },
            ]),
        },
      },
    );
    closers.push(() => edge.close());
    const startMs = performance.now();
    expect((await fetch(`${edge.url}/`)).status).toBe(200);
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });
});

function createHttpOrigin() {
  const server = createPlain((_request, response) => response.end("ok"));
  const listening = new Promise<number>((resolve, reject) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no port"));
      else resolve(address.port);
    });
  });
  return { listening, close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
}
