/** Origins whose head is good HTTP and whose content is a lie: partial content nobody can place, bombs (FAULTS R10, R11, R13). */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { type EdgeUnderTest, edgeUnderTest, exchange } from "./edge-under-test.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const WHOLE = "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 5\r\n\r\nwhole";

/** An edge whose origin gives these answers in turn, and 200 `whole` to all later requests. */
async function edgeTold(...answers: readonly string[]): Promise<EdgeUnderTest> {
  let requests = 0;
  const under = await edgeUnderTest((received) => {
    if (!received.endsWith("\r\n\r\n")) return undefined;
    requests += 1;
    return answers[requests - 1] ?? WHOLE;
  });
  open.push(under);
  return under;
}

const ask = (more = ""): string => `GET /a HTTP/1.1\r\nHost: a.example\r\n${more}Connection: close\r\n\r\n`;
const partial = (fields: string): string =>
  `HTTP/1.1 206 Partial Content\r\nCache-Control: max-age=600\r\nETag: "x"\r\n${fields}Content-Length: 2\r\n\r\nba`;

describe("R10 partial content that is not what was asked for is never stored, nor made a whole:", () => {
  const answers: readonly (readonly [string, string])[] = [
    ["no Content-Range", partial("")],
    ["another range", partial("Content-Range: bytes 3-4/10\r\n")],
    ["a range that is none", partial("Content-Range: bytes 4-3/10\r\n")],
    ["a range beyond the end", partial("Content-Range: bytes 0-1/1\r\n")],
    ["another unit", partial("Content-Range: pages 0-1/10\r\n")],
    ["another length than the range's", partial("Content-Range: bytes 0-8/10\r\n")],
    ["two ranges", partial("Content-Range: bytes 0-1/10\r\nContent-Range: bytes 2-3/10\r\n")],
    ["the whole, said to be a part", partial("Content-Range: bytes 0-1/2\r\n")],
  ];
  test.each(answers.map(([name, bytes]) => [name, bytes]))("to a request for all of it: %s", async (_name, bytes) => {
    const { edge, records, errors } = await edgeTold(bytes);
    expect(await exchange(edge.listening.port, ask())).toMatch(/^HTTP\/1\.1 (?:206 .*\r\n\r\nba$|502 )/s);
    await expect.poll(() => records.length).toBe(1);
    expect(records[0]?.outcome).toMatch(/^(?:not-stored|origin-malformed)$/);
    expect(await exchange(edge.listening.port, ask())).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nwhole$/s);
    expect(errors).toEqual([]);
  });
  test.each(answers.slice(0, 7).map(([name, bytes]) => [name, bytes]))("to a range: %s", async (_name, bytes) => {
    const { edge, errors } = await edgeTold(bytes);
    const range = "Range: bytes=0-1\r\n";
    const first = await exchange(edge.listening.port, ask(range));
    // Relayed as it is, refused, or asked for again: what it is not is the first two bytes of something.
    if (first.startsWith("HTTP/1.1 206 ") && first.endsWith("ba")) {
      const said = (answer: string): string[] => answer.match(/(?<=\r\nContent-Range: )[^\r]+/gi) ?? [];
      expect(said(first)).toEqual(said(bytes));
    } else expect(first).toMatch(/^HTTP\/1\.1 (?:502 |206 .*\r\n\r\nwh$|200 .*\r\n\r\nwhole$)/s);
    expect(await exchange(edge.listening.port, ask(range))).toMatch(/\r\n\r\n(?:wh|whole)$/);
    expect(await exchange(edge.listening.port, ask())).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nwhole$/s);
    expect(errors).toEqual([]);
  });
});

describe("R11 a 304 that confirms nothing", () => {
  const unasked = 'HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=600\r\nETag: "y"\r\n\r\n';
  const old = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=0\r\nETag: "x"\r\nContent-Length: 3\r\n\r\nold';
  test("to an unconditional request is a 502, and not stored", async () => {
    const { edge, records, origin } = await edgeTold(unasked);
    expect(await exchange(edge.listening.port, ask())).toMatch(/^HTTP\/1\.1 502 /);
    expect(records.map(({ outcome }) => outcome)).toEqual(["origin-malformed"]);
    expect(origin.received.match(/GET /g)).toHaveLength(1);
    expect(await exchange(edge.listening.port, ask())).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nwhole$/s);
  });
  test("since it names another version than the stored one, is asked for again without a condition, once", async () => {
    const { edge, origin } = await edgeTold(old, unasked);
    expect(await exchange(edge.listening.port, ask())).toMatch(/\r\n\r\nold$/);
    expect(await exchange(edge.listening.port, ask())).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nwhole$/s);
    expect(origin.received.match(/if-none-match/gi)).toHaveLength(1);
    expect(origin.received.match(/GET /g)).toHaveLength(3);
  });
});

test("R13 a bomb stays packed: what is encoded is kept and relayed byte for byte, whatever the client accepts", async () => {
  const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 9 });
  expect(bomb.length).toBeLessThan(20_000);
  const head = `Cache-Control: max-age=600\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`;
  const { edge, origin, records } = await edgeTold(`HTTP/1.1 200 OK\r\n${head}\r\n${bomb.toString("latin1")}`);
  for (const accepted of ["gzip", "gzip"]) {
    const answer = await exchange(edge.listening.port, ask(`Accept-Encoding: ${accepted}\r\n`));
    const at = answer.indexOf("\r\n\r\n");
    expect(answer.slice(0, at)).toMatch(/\r\ncontent-encoding: gzip\b/i);
    expect(Buffer.from(answer.slice(at + 4), "latin1").equals(bomb)).toBe(true);
  }
  await expect.poll(() => records.map(({ outcome }) => outcome)).toEqual(["stored", "hit"]);
  expect(origin.connections).toBe(1);
});

test("every class of FAULTS 2.B has a test that bears its label", () => {
  const root = path.join(import.meta.dirname, "..", "..");
  const files = globSync("{core,edge,fleet,origin,runtime,test}/**/*.ts", { cwd: root });
  const tests = files.filter((file) => /\.test\.ts$|^test\/contract\/|^test\/hostile\//.test(file));
  const found = new Set<string>();
  for (const file of tests) {
    // A label counts where a name begins with it.
    for (const [, label = ""] of readFileSync(path.join(root, file), "utf8").matchAll(/["'`](R\d\d) /g))
      found.add(label);
  }
  const classes = Array.from({ length: 14 }, (_, index) => `R${`${index + 1}`.padStart(2, "0")}`);
  expect([...found].filter((label) => classes.includes(label)).sort()).toEqual(classes);
});
