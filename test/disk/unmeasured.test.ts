/** A real edge and an origin that does not tell how long its answer is. */
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, expect, test } from "vitest";
import { antipode, freePort, until } from "../e2e/processes.ts";
import { bytesOf } from "./objects.ts";
import { removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch);

test("a body of unknown length that memory does not take is stored on the disk, unless it is cut", {
  timeout: 60_000,
}, async () => {
  const bytes = bytesOf(12_000_000);
  const asked: string[] = [];
  const origin = createServer((request, answer) => {
    asked.push(request.url ?? "");
    answer.setHeader("cache-control", "max-age=600");
    answer.write(bytes.subarray(0, 11_000_000), () => {
      if (request.url === "/cut") answer.destroy();
      else answer.end(bytes.subarray(11_000_000));
    });
  });
  await once(origin.listen(0, "127.0.0.1"), "listening");
  const address = origin.address();
  if (address === null || typeof address === "string") throw new Error("the origin has no port");
  const at = `127.0.0.1:${await freePort()}`;
  const disk = ["--disk", scratchFolder(), "--disk-size", "200mb"];
  const edge = await antipode(
    ["edge", "--origin", `http://127.0.0.1:${address.port}`, "--listen", at, ...disk],
    /READY/,
  );
  try {
    const get = async (path: string) => {
      const answer = await fetch(`http://${at}${path}`);
      const body = Buffer.from(await answer.arrayBuffer());
      return { isRight: body.equals(bytes), status: answer.headers.get("cache-status") ?? "" };
    };
    expect(await get("/whole")).toMatchObject({ isRight: true, status: expect.stringContaining("fwd=uri-miss") });
    // Its last piece may be on its way to the disk still.
    await until("a hit", async () => (await get("/whole")).status.includes("; hit"));
    const before = asked.length;
    expect(await get("/whole")).toMatchObject({ isRight: true, status: expect.stringContaining("; hit") });
    expect(asked).toHaveLength(before);
    await expect(get("/cut")).rejects.toThrow();
    await expect(get("/cut")).rejects.toThrow();
    expect(asked.filter((path) => path === "/cut").length).toBeGreaterThanOrEqual(2);
  } finally {
    await edge.stop("SIGKILL");
    origin.close();
  }
});
