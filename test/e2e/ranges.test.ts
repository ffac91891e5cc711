/** Seeking in a large file: a real edge in front of a real nginx. */
import { truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { need } from "../need.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { antipode, freePort, type Running, until } from "./processes.ts";

const MIDDLE = 1_073_741_824;
const nginxNeeded = need("nginx");
let nginx: Nginx;
let edge: Running;
let url = "";

describe.skipIf(!nginxNeeded.run)(`seeking in a file behind nginx ${nginxNeeded.reason}`, () => {
  beforeAll(async () => {
    nginx = await startNginx();
    writeFileSync(path.join(nginx.root, "film.bin"), "");
    // Sparse: two gigabytes that take no room.
    truncateSync(path.join(nginx.root, "film.bin"), 2 * MIDDLE);
    const port = await freePort();
    edge = await antipode(["edge", "--origin", nginx.url, "--listen", `127.0.0.1:${port}`], /READY/);
    url = `http://127.0.0.1:${port}/film.bin`;
  }, 40_000);

  afterAll(async () => {
    await edge?.stop();
    await nginx?.stop();
  });

  const ranged = (range: string): Promise<Response> => fetch(url, { headers: { range } });

  test("a range in the middle of a file never seen costs the origin one slice, and is a hit from then on", async () => {
    const range = `bytes=${MIDDLE}-${MIDDLE + 1_023}`;
    const first = await ranged(range);
    expect(first.status).toBe(206);
    expect(first.headers.get("content-range")).toBe(`bytes ${MIDDLE}-${MIDDLE + 1_023}/${2 * MIDDLE}`);
    expect((await first.arrayBuffer()).byteLength).toBe(1_024);
    await until("the slice is stored", async () => {
      const again = await ranged(range);
      await again.arrayBuffer();
      return again.headers.get("cache-status")?.includes("detail=hit-range") === true;
    });
    expect(nginx.requests()).toEqual([`GET /film.bin 206 bytes=${MIDDLE}-${MIDDLE + 1_048_575}`]);
  });

  test("a range over several slices arrives whole, and leaves no other request behind it", async () => {
    const got = await ranged("bytes=5000000-8000000");
    expect((await got.arrayBuffer()).byteLength).toBe(3_000_001);
    expect(nginx.requests().slice(1)).toHaveLength(4);
  });
  test("the end of it, and several ranges at once, are made of slices too", async () => {
    const before = nginx.requests().length;
    const end = await ranged("bytes=-500");
    expect(end.headers.get("content-range")).toBe(`bytes ${2 * MIDDLE - 500}-${2 * MIDDLE - 1}/${2 * MIDDLE}`);
    expect((await end.arrayBuffer()).byteLength).toBe(500);
    expect(nginx.requests().slice(before)).toHaveLength(2);
    const both = await ranged("bytes=0-1,-2");
    expect(both.headers.get("content-type")).toMatch(/^multipart\/byteranges/);
    expect(await both.text()).toContain(`Content-Range: bytes ${2 * MIDDLE - 2}-${2 * MIDDLE - 1}/${2 * MIDDLE}`);
    expect(nginx.requests().slice(before)).toHaveLength(2);
  });
});
