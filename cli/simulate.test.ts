/** `antipode simulate` as a process: the table, the JSON, and what is said of bad files. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "main.ts");
const EDGES = [
  { id: "fra", lat: 50.11, lon: 8.68 },
  { id: "mad", lat: 40.42, lon: -3.7 },
];
const CLIENTS = [
  { id: "paris", lat: 48.86, lon: 2.35, country: "FR" },
  { id: "lisbon", lat: 38.72, lon: -9.14, country: "PT" },
];
const RTT_MS = { paris: { fra: 10, mad: 25 }, lisbon: { fra: 38, mad: 64 } };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "antipode-simulate-"));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write("good.json", JSON.stringify({ seed: 1, edges: EDGES, clients: CLIENTS, rttMs: RTT_MS }));
  write("bad.json", JSON.stringify({ edges: [], clients: [{ id: "paris", lat: 1, lon: 2 }], rttMs: { rome: {} } }));
  write("broken.json", '{\n  "edges": [,]\n}\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function antipode(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1" } };
    execFile(process.execPath, [MAIN, "simulate", ...words], options, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
    });
  });
}

it("prints ours, the great circle and the oracle", async () => {
  const { code, out, error } = await antipode("good.json");
  expect({ code, error }).toEqual({ code: 0, error: "" });
  expect(out.split("\n").map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
    "2 clients; excess in ms over the best edge that answers",
    "",
    " | within 10 ms | best edge | mean | p50 | p95 | p99",
    "ours | 50.0 % | 50.0 % | 13.0 | 0.0 | 26.0 | 26.0",
    "great circle | 50.0 % | 50.0 % | 13.0 | 0.0 | 26.0 | 26.0",
    "oracle | 100.0 % | 100.0 % | 0.0 | 0.0 | 0.0 | 0.0",
    "",
  ]);
});

it("prints the same as JSON", async () => {
  const { code, out } = await antipode("good.json", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ...{ users: 2, within10ms: 0.5, optimal: 0.5, excessMs: { p50: 0, p95: 26, p99: 26, mean: 13 } },
    ...{ maxLoadRatio: 1, switchesPerClientHour: 0, failover: [], choices: { paris: "fra", lisbon: "mad" } },
  });
});

it("prints all mistakes of a scenario with their paths, and ends with 1", async () => {
  const { code, error } = await antipode("bad.json");
  expect(code).toBe(1);
  for (const text of ["3 problems", "edges", "rttMs.rome", "rttMs.paris"]) expect(error).toContain(text);
});

it("names the line of a file that is no JSON, and the file that is not there", async () => {
  expect(await antipode("broken.json")).toMatchObject({ code: 1, error: expect.stringContaining("line 2, column 13") });
  expect(await antipode("absent.json")).toMatchObject({ code: 1, error: expect.stringContaining("absent.json") });
  expect((await antipode()).code).toBe(2);
});
