/** The whole Worker: one record for each request, traces, the debug token, and the same outcomes as on Node. */
import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { type Environment, startWorker } from "../../edge/worker.ts";

const ORIGIN = `http://127.0.0.1:${inject("originPort")}`;
const NOBODY = `http://127.0.0.1:${inject("closedPort")}`;
const TOKEN = "a-token-of-the-tests";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

afterEach(() => vi.restoreAllMocks());

/** The target at which the origin says these bytes. */
const saying = (text: string): string => `/${Buffer.from(text, "latin1").toString("base64url")}`;
const answerOf = (fields: string, body: string): string =>
  saying(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`);

interface Line {
  readonly [name: string]: unknown;
}

/** A Worker, its log, and its data points; `get` settles when the record of the request is there. */
function worker(variables: Environment = {}, bundled?: unknown) {
  const lines: Line[] = [];
  const points: AnalyticsEngineDataPoint[] = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void lines.push(JSON.parse(text)));
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) };
  const environment = { ORIGIN, ACCESS_LOG: "json", METRICS, ...variables } as Environment;
  const fetchIt = startWorker(environment, bundled, 0);
  const host = `${crypto.randomUUID()}.test`;
  const get = async (target: string, init: RequestInit = {}) => {
    const behind: Promise<unknown>[] = [];
    const context = { waitUntil: (work: Promise<unknown>) => void behind.push(work) };
    const response = await fetchIt(new Request(`https://${host}${target}`, init) as Request, context);
    const body = await response.text();
    while (behind.length > 0) await behind.shift();
    const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
    return { status: response.status, body, header, outcome: lines.at(-1)?.outcome, line: lines.at(-1) };
  };
  return { get, lines, points, errors, host };
}

describe("a Worker records", () => {
  test("each request once, with the word of Cache-Status", async () => {
    const { get, lines, points, host } = worker();
    const page = answerOf("Cache-Control: max-age=60\r\n", "0123456789");
    const wanted = ["stored", "hit", "hit-range"];
    for (const outcome of wanted) {
      const range: Record<string, string> = outcome === "hit-range" ? { range: "bytes=0-1" } : {};
      const got = await get(page, { headers: { ...range, "cf-connecting-ip": "192.0.2.7", "user-agent": "tests" } });
      expect(got.header("cache-status")).toContain(`detail=${outcome}`);
      expect(got.outcome).toBe(outcome);
    }
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatchObject({
      ...{ node: "workers", role: "edge", site: "origin", status: 200, bodyBytes: 10, complete: true, method: "GET" },
      ...{ authority: host, target: page, clientAddress: "192.0.2.0", userAgent: "tests" },
    });
    expect(points.map(({ blobs, indexes }) => [indexes?.[0], blobs?.[2]])).toEqual(
      wanted.map((outcome) => ["origin", outcome]),
    );
    expect(points.at(-1)?.doubles?.slice(0, 2)).toEqual([206, 2]);
  });
  test("no secret of a client's", async () => {
    const { get, lines } = worker({ LOG_HIDE: "pin, door", LOG_ADDRESS: "none" });
    const headers = { authorization: "Basic hush", cookie: "hush", "cf-connecting-ip": "192.0.2.7" };
    await get("/echo?token=hush&pin=hush&door=hush&page=1", { headers });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.target).toBe("/echo?token=[hidden]&pin=[hidden]&door=[hidden]&page=1");
    expect(JSON.stringify(lines)).not.toMatch(/hush|192\.0\.2/);
  });
  test("nothing unless it is told to", async () => {
    const { get, lines } = worker({ ACCESS_LOG: "off" });
    expect((await get("/echo")).status).toBe(200);
    expect(lines).toEqual([]);
  });
  test("what the guard refuses", async () => {
    const { get, lines } = worker();
    expect((await get("/a%00b")).status).toBe(400);
    expect(lines).toMatchObject([
      { outcome: "bad-request", reason: "target-encoded-control", status: 400, target: "/a%00b" },
    ]);
  });
  test("a bug of ours", async () => {
    const BUCKET = { get: () => Promise.reject(new Error("a bug, for the test")), put() {}, delete() {} };
    const { get, lines, errors } = worker({ BUCKET: BUCKET as unknown as R2Bucket });
    expect((await get("/a")).status).toBe(500);
    expect(lines).toMatchObject([{ outcome: "internal-error", status: 500, target: "/a" }]);
    expect(String(errors.mock.calls[0]?.[0])).toContain("a bug, for the test");
  });
});

interface Case {
  readonly variables?: Environment;
  readonly target?: string;
  readonly bundled?: object;
  readonly outcome: string;
  readonly status: number;
}

describe("a Worker gives the same outcome as Node when", () => {
  const sites = { a: { hosts: ["a.test"], origins: [{ url: ORIGIN }], origin: { allowPrivate: true } } };
  // On this machine workerd does not tell a refused connection from a broken one; Cloudflare's network does, by a 521.
  const cases: Readonly<Record<string, Case>> = {
    "nobody listens": { variables: { ORIGIN: NOBODY }, status: 502, outcome: "origin-reset" },
    "Cloudflare says that nobody listens": {
      target: saying("HTTP/1.1 521 Down\r\n\r\n"),
      status: 502,
      outcome: "origin-refused",
    },
    "the name of the origin is unknown": {
      variables: { ORIGIN: "http://nowhere.invalid" },
      status: 502,
      outcome: "origin-unreachable",
    },
    "Cloudflare's time for the origin is up": {
      target: saying("HTTP/1.1 522 Late\r\n\r\n"),
      status: 504,
      outcome: "origin-timeout",
    },
    "the origin breaks off": { target: saying("HTTP/1.1 200 OK\r\nConte"), status: 502, outcome: "origin-reset" },
    "the host is no site's": { bundled: { sites }, status: 421, outcome: "unknown-site" },
    "the request has been here before": { status: 508, outcome: "loop-detected" },
    "the edge answers itself": { target: "/.antipode/probe", status: 200, outcome: "reserved-path" },
    "nothing is said about caching": { target: answerOf("", "x"), status: 200, outcome: "not-stored" },
  };
  test.each(Object.entries(cases))("%s", async (_name, { variables, bundled, target = "/", status, outcome }) => {
    const { get, lines } = worker(variables, bundled);
    const loop: Record<string, string> = outcome === "loop-detected" ? { "cdn-loop": 'antipode; node="workers"' } : {};
    const got = await get(target, { headers: loop });
    expect([got.status, got.outcome]).toEqual([status, outcome]);
    expect(got.header("cache-status")).toContain(`detail=${outcome}`);
    expect(lines).toHaveLength(1);
  });
  test("the origin is gone, and what is stored is stale", async () => {
    const { get } = worker();
    const page = `${answerOf('Cache-Control: max-age=0, stale-while-revalidate=60\r\nETag: "1"\r\n', "old")}`;
    expect((await get(page)).outcome).toBe("stored");
    expect(await get(page)).toMatchObject({ body: "old", outcome: "stale-while-revalidate" });
  });
});

describe("a Worker passes on", () => {
  test("a trace, with a span of its own", async () => {
    const { get } = worker();
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: "a=1" };
    const { body, line } = await get("/echo", { headers });
    expect(body).toMatch(new RegExp(`traceparent: 00-${TRACE}-${line?.spanId}-01\r\n`, "i"));
    expect(body).toMatch(/tracestate: a=1\r\n/i);
    expect(line).toMatchObject({ traceId: TRACE, parentSpanId: "00f067aa0ba902b7" });
  });
  test("to those with the debug token where the time went, and the token to nobody", async () => {
    const { get } = worker({ DEBUG_TOKEN: TOKEN });
    const told = await get("/echo", { headers: { "x-antipode-debug": TOKEN } });
    expect(told.header("server-timing")).toMatch(/^antipode;dur=\d+;desc="workers not-stored", upstream;dur=\d+/);
    expect(told.body).not.toMatch(/x-antipode-debug/i);
    for (const headers of [{}, { "x-antipode-debug": `${TOKEN}!` }] as Record<string, string>[]) {
      expect((await get("/echo", { headers })).header("server-timing")).toBeUndefined();
    }
  });
  test("a secret that the config names, which the config does not hold", async () => {
    const rules = [{ match: {}, requestHeaders: { set: { "X-Auth": `Bearer $${"{ORIGIN_KEY}"}` } } }];
    const site = { hosts: ["*"], origins: [{ url: ORIGIN }], origin: { allowPrivate: true }, rules };
    const { get } = worker({ ORIGIN_KEY: "s3cret" }, { sites: { a: site } });
    expect((await get("/echo")).body).toMatch(/x-auth: Bearer s3cret\r\n/i);
    const { get: getWithout, errors } = worker({}, { sites: { a: site } });
    expect(await getWithout("/echo")).toMatchObject({
      status: 500,
      body: expect.stringMatching(/X-Auth: the secret ORIGIN_KEY is not set \(npx wrangler secret put ORIGIN_KEY/),
    });
    expect(errors).toHaveBeenCalledTimes(1);
  });
});

test("a Worker that is not set up says everything that is wrong, once in its log and to whoever asks", async () => {
  const variables = { ORIGIN: "ftp://x", PROFILE: "bold", STORE: "r2", ACCESS_LOG: "yes" };
  const { get, errors } = worker(variables);
  const said = errors.mock.calls.map(([text]) => String(text));
  expect(said).toHaveLength(4);
  for (const name of Object.keys(variables).map((word) => (word === "STORE" ? "BUCKET" : word))) {
    expect(said.filter((text) => text.startsWith(`Antipode is not set up: ${name}`))).toHaveLength(1);
  }
  const { status, body, header } = await get("/");
  expect([status, header("cache-control"), body.trim().split("\n").length]).toEqual([500, "no-store", 5]);
});
