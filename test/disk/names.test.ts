/** Names that were made invalid are remembered as long as the objects that bear them: over restarts, damage, a failing disk. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../runtime/node/clock.ts";
import { edgeWithSite } from "../origins/edge-with-site.ts";
import { bytesOf, response } from "./objects.ts";
import { failingFiles, handClock, openStore, removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch, 60_000);

type Ask = (target: string, how?: { readonly method?: string; readonly side?: string }) => Promise<string>;

test("after a restart an edge does not answer with what an unsafe request had made invalid", async () => {
  let version = 1;
  const origin = createServer((request, answer) => {
    request.resume();
    const isPost = request.method === "POST";
    if (isPost) version += 1;
    answer.writeHead(200, {
      "cache-control": "max-age=600",
      ...(isPost ? { "cache-group-invalidation": '"menu"' } : {}),
      ...(request.url === "/menu" ? { "cache-groups": '"menu"' } : {}),
    });
    answer.end(`version ${version}`);
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const site = { origins: [{ url: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` }] };
  // Two keys for one URI.
  const varying = { ...site, cache: { keyHeaders: ["x-side"] } };
  const folder = scratchFolder();
  const run = async (use: (ask: Ask) => Promise<void>) => {
    const disk = await openStore({ folder, clock: systemClock });
    const edge = await edgeWithSite(varying, { disk });
    await use(async (target, { method = "GET", side = "" } = {}) => {
      const headers = { host: "www.example.com", "x-side": side };
      const asked = httpRequest(edge.url + target, { method, headers, agent: false }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      return await text(answer);
    });
    await edge.close();
    await disk.close();
  };
  const sides = [{ side: "left" }, { side: "right" }];
  await run(async (ask) => {
    for (const target of ["/menu", "/other"]) expect(await ask(target)).toBe("version 1");
    for (const side of sides) expect(await ask("/page", side)).toBe("version 1");
    expect(await ask("/page", { method: "POST" })).toBe("version 2");
  });
  await run(async (ask) => {
    expect(await ask("/other"), "not named").toBe("version 1");
    expect(await ask("/menu"), "its group was").toBe("version 2");
    for (const side of sides) expect(await ask("/page", side), "its URI was").toBe("version 2");
  });
  origin.close();
});

test("names outlive restarts and logs that are written anew; only those that were named", async () => {
  const folder = scratchFolder();
  const first = await openStore({ folder });
  await first.names.add(["a", "b"], 5_000.25);
  expect(first.names.lastOfName("a")).toBe(5_000.25);
  await first.close();
  for (let restart = 0; restart < 2; restart += 1) {
    const store = await openStore({ folder });
    expect(store.names.hasNames).toBe(true);
    expect(["a", "b", "c"].map((name) => store.names.lastOfName(name))).toEqual([5_001, 5_001, 0]);
    await store.put("x", response(bytesOf(10)));
    await store.close();
  }
});

test("a damaged record may have been a name: all that is as old as the start is invalid", async () => {
  const folder = scratchFolder();
  const first = await openStore({ folder });
  await first.put("x", response(bytesOf(10)));
  await first.names.add(["a"], 5_000);
  await first.close();
  const log = path.join(folder, "index.log");
  const bytes = readFileSync(log);
  bytes[bytes.length - 5] = 1;
  writeFileSync(log, bytes);
  const clock = handClock();
  const second = await openStore({ folder, clock });
  expect(second.figures().damaged).toBe(1);
  expect(["a", "never named"].map((name) => second.names.lastOfName(name))).toEqual([clock.nowMs(), clock.nowMs()]);
  await second.put("y", response(bytesOf(10)));
  await second.close();
  const third = await openStore({ folder });
  expect(third.figures().damaged).toBe(0);
  expect(third.names.lastOfName("never named")).toBe(clock.nowMs());
  await third.close();
});

test("names that came while the disk failed are written when it is well again", async () => {
  const [folder, files, clock] = [scratchFolder(), failingFiles(), handClock()];
  const store = await openStore({ folder, files, clock });
  await store.put("x", response(bytesOf(10)));
  files.fail.write = "ENOSPC";
  await store.names.add(["a"], 5_000);
  expect(store.figures().failing).toBe("ENOSPC");
  expect(store.names.lastOfName("a")).toBe(5_000);
  files.fail.write = undefined;
  clock.advance(2_000);
  await expect.poll(() => store.figures().failing).toBe(undefined);
  await store.close();
  const again = await openStore({ folder });
  expect(again.names.lastOfName("a")).toBe(5_000);
  await again.close();
});
