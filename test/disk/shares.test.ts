/** Sites have their shares of both tiers, and still have them after a restart. */
import { afterAll, expect, test } from "vitest";
import { keyId } from "../../core/cache/key.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { TieredStore } from "../../runtime/memory/tiered-store.ts";
import type { DiskStore } from "../../runtime/node/disk/disk-store.ts";
import { bytesOf, response } from "./objects.ts";
import { openStore, removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch);

const PAGES = 20;
const PAGE_BYTES = 8_000;
/** What a page takes: its room for the text and its blocks are in it. */
const MAX_BYTES = 2 * PAGES * 12_288;

function keyOf(site: string, page: number): string {
  return keyId({ site, scheme: "https", authority: site, keyRules: "", chosen: [], target: `/${page}` });
}

async function held(store: DiskStore, site: string): Promise<number> {
  let count = 0;
  for (let page = 0; page < PAGES; page += 1) count += (await store.find(keyOf(site, page))).length;
  return count;
}

test("a crawl of one site leaves another what it is promised, in memory and on the disk, before and after a restart", async () => {
  const folder = scratchFolder();
  const lower = await openStore({ folder, maxBytes: MAX_BYTES });
  const store = new TieredStore<ByteBody>({ maxBytes: MAX_BYTES, lower, inBackground: () => {} });
  for (let page = 0; page < PAGES; page += 1) await store.put(keyOf("quiet", page), response(bytesOf(PAGE_BYTES)));
  store.share(new Map([["quiet", 50]]));
  const crawl = async (into: { put: DiskStore["put"] | typeof store.put }): Promise<void> => {
    for (let page = 0; page < 200; page += 1) {
      // What comes twice is written, however full the disk is.
      for (let time = 0; time < 2; time += 1) await into.put(keyOf("busy", page), response(bytesOf(PAGE_BYTES)));
    }
  };
  await crawl({ put: store.put.bind(store) });
  expect(await held(lower, "quiet")).toBe(PAGES);
  for (let page = 0; page < PAGES; page += 1) expect(store.memory.peek(keyOf("quiet", page))).toHaveLength(1);
  await lower.close();

  const again = await openStore({ folder, maxBytes: MAX_BYTES });
  again.share(new Map([["quiet", 50]]));
  await crawl({ put: again.put.bind(again) });
  expect(await held(again, "quiet")).toBe(PAGES);
  again.share(new Map());
  await crawl({ put: again.put.bind(again) });
  expect(await held(again, "quiet")).toBeLessThan(PAGES);
  await again.close();
});
