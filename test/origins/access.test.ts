/** Origins that refuse everyone but their CDN: a private bucket that verifies signatures, and a signed header. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { compileConfig } from "../../core/config/compile-config.ts";
import { withSecrets } from "../../core/config/secrets.ts";
import type { OriginBucketConfig, OriginPoolConfig } from "../../core/config/types.ts";
import { type BucketContent, bucketStub } from "./bucket-stub.ts";
import { edgeWithSite } from "./edge-with-site.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const KEYS = { accessKeyId: "AKIDREADER", secretAccessKey: "a/secret+of+the/bucket", region: "eu-central-1" };

async function bucketSite(content: Partial<BucketContent> = {}, bucket: Partial<OriginBucketConfig> = {}) {
  const objects = {
    "/index.html": "home",
    "/docs/a b(1).txt": "one",
    "/media/x": "x",
    "/b+c": "plus",
    "/bücher": "books",
  };
  const stub = await bucketStub({ ...KEYS, objects, ...content });
  const edge = await edgeWithSite({ origins: [{ url: stub.url }], origin: { bucket: { ...KEYS, ...bucket } } });
  closers.push(stub.close, edge.close);
  const get = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${edge.url}${path}`, init);
    return `${answer.status} ${await answer.text()}`;
  };
  return { stub, edge, get };
}

describe("a private bucket", () => {
  it("gives its objects to the edge, whose signatures it verifies", async () => {
    const { get, stub } = await bucketSite();
    expect(await get("/")).toBe("200 home");
    expect(await get("/docs/a%20b(1).txt")).toBe("200 one");
    expect(await get("/docs/a%20b%281%29.txt")).toBe("200 one");
    expect(await get("/b+c")).toBe("200 plus");
    expect(await get("/b%c3%bccher")).toBe("200 books");
    expect(await get("/missing")).toMatch(/^404 .*NoSuchKey/);
    expect(stub.log.every((line) => !line.endsWith("403"))).toBe(true);
  });

  it.each([
    ["another secret", { secretAccessKey: "wrong" }, "SignatureDoesNotMatch"],
    ["another key", { accessKeyId: "AKIDOTHER" }, "InvalidAccessKeyId"],
    ["another region", { region: "us-east-1" }, "AuthorizationHeaderMalformed"],
    ["a token that nobody gave", { sessionToken: "t" }, "InvalidToken"],
  ])("refuses %s: the stub does verify", async (_what, change, code) => {
    const { get } = await bucketSite({}, change);
    expect(await get("/")).toContain(`403 <Error><Code>${code}`);
  });

  it("takes temporary credentials, and a name in front of the path", async () => {
    const { get, stub } = await bucketSite({ sessionToken: "token==" }, { sessionToken: "token==", name: "media" });
    expect(await get("/x")).toBe("200 x");
    expect(stub.log).toEqual(["GET /media/x 200"]);
  });

  it("is never written, listed or asked about by clients, whatever they send", async () => {
    const { get, stub } = await bucketSite();
    for (const method of ["PUT", "POST", "DELETE", "PATCH"])
      expect(await get("/x", { method, body: "y" })).toMatch(/^405/);
    for (const query of ["?list-type=2", "?acl", "?policy", "?uploads", "?response-content-type=text%2Fhtml"]) {
      expect(await get(`/${query}`)).toBe("200 home");
    }
    expect(await get("/docs/%2e%2e%2fmedia/x")).toMatch(/^40/);
    const headers = { authorization: "Bearer mine", "x-amz-acl": "public-read", "x-amz-date": "20200101T000000Z" };
    expect(await get("/docs/a%20b(1).txt", { headers })).toBe("200 one");
    expect(stub.last()["x-amz-acl"]).toBeUndefined();
    expect(stub.log).toEqual(["GET /index.html 200", "GET /docs/a%20b%281%29.txt 200"]);
  });

  it("is checked on its health with signed requests", async () => {
    const stub = await bucketStub({ ...KEYS, objects: { "/ok.txt": "fine" } });
    const healthCheck = { path: "/ok.txt", expectBody: "fine", intervalMs: 500, timeoutMs: 400 };
    const edge = await edgeWithSite({ origins: [{ url: stub.url }], origin: { bucket: KEYS, healthCheck } });
    closers.push(stub.close, edge.close);
    await expect.poll(() => edge.status(), { timeout: 5_000 }).toContain('"up"');
  });
});

/** The snippet of docs/origins.md for Express, as a function. */
function isFromOurCdn(request: { method: string; url: string; headers: IncomingHttpHeaders }, secret: string): boolean {
  const match = /^t=(\d+), v1=([0-9a-f]{64})$/.exec(String(request.headers["x-antipode-signature"] ?? ""));
  if (!match?.[1] || !match[2] || Math.abs(Date.now() / 1000 - Number(match[1])) > 300) return false;
  const text = ["v1", match[1], request.method, request.headers.host, request.url].join("\n");
  const expected = createHmac("sha256", secret).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(match[2], "hex"));
}

describe("a signed header", () => {
  const secret = "correct horse battery".replaceAll(" ", "-");
  const guarded = async (origin: OriginPoolConfig) => {
    const server = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      response.writeHead(isFromOurCdn({ method, url, headers }, secret) ? 200 : 403).end("x");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const url = `http://127.0.0.1:${address.port}`;
    const edge = await edgeWithSite({ origins: [{ url }], origin });
    closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()), edge.close);
    return { edge, url };
  };

  it("lets the origin know its CDN: for each method, Host and query", async () => {
    const { edge, url } = await guarded({ signature: { secret }, hostHeader: "www.example.com" });
    expect((await fetch(`${edge.url}/a/b%20c?x=1&y=%2F`)).status).toBe(200);
    expect((await fetch(`${edge.url}/form`, { method: "POST", body: "data" })).status).toBe(200);
    expect((await fetch(`${url}/a`)).status).toBe(403);
  });

  it("cannot be had from clients, nor with another secret", async () => {
    const { edge } = await guarded({ signature: { secret: "another-secret-of-a-site" } });
    const forged = createHmac("sha256", secret).update("x").digest("hex");
    const headers = { "x-antipode-signature": `t=${Math.floor(Date.now() / 1000)}, v1=${forged}` };
    expect((await fetch(`${edge.url}/a`, { headers })).status).toBe(403);
  });

  it("is on health checks too", async () => {
    const { edge } = await guarded({ signature: { secret }, healthCheck: { intervalMs: 500, timeoutMs: 400 } });
    await expect.poll(() => edge.status(), { timeout: 5_000 }).toContain('"up"');
  });
});

describe("secrets of origins", () => {
  const config = (origin: object) => ({
    sites: { shop: { hosts: ["a.example"], origins: [{ url: "https://o.example" }], origin } },
  });
  const named = (name: string): string => `$${`{${name}}`}`;
  const source = { secret: (name: string) => ({ KEY: "a-secret-long-enough" })[name], howToSet: () => "set it" };

  it("come from the environment, and stand in no config", () => {
    const written = config({ signature: { secret: "written-into-the-file" } });
    expect(withSecrets(written, source).problems).toMatchObject([
      { path: "sites.shop.origin.signature.secret", message: "a config holds no secrets" },
    ]);
    const bucket = { region: "r", accessKeyId: "a", secretAccessKey: named("KEY"), sessionToken: named("NONE") };
    const filled = withSecrets(config({ signature: { secret: named("KEY") }, bucket }), source);
    expect(filled.problems).toMatchObject([{ path: "sites.shop.origin.bucket.sessionToken" }]);
    expect(JSON.stringify(filled.content)).toContain("a-secret-long-enough");
  });

  it("are never shown, whatever is wrong with them", () => {
    const wrong = config({
      signature: { secret: "hunter2" },
      bucket: { ...KEYS, secretAccessKey: "pass word", region: 1 },
    });
    const compiled = compileConfig(wrong, { appliedAtMs: 0 });
    const text = JSON.stringify(compiled);
    expect(compiled.kind).toBe("problems");
    expect(text).toContain("the secret has 7 characters; it needs 16 or more");
    expect(text).not.toMatch(/hunter2|pass word/);
  });
});
