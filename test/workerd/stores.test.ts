/** Which store a Worker has where the Cache API works, where it has no effect, and with or without a bucket. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Reply } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { keptBuffer } from "../../runtime/memory/kept-buffer.ts";
import { withStoreReason } from "../../runtime/workers/store-reason.ts";
import { Stores } from "../../runtime/workers/stores.ts";
import { storedResponse } from "../contract/store.ts";

const bucket = (env as { readonly BUCKET: R2Bucket }).BUCKET;
const forgetful = { put: async () => {}, match: async () => undefined, delete: async () => false } as unknown as Cache;
const ignore = (): void => {};

/** What another isolate finds of what this one put. */
async function foundElsewhere(make: () => Stores, host: string): Promise<number> {
  const key = crypto.randomUUID();
  const here = await make().choose(host, ignore);
  await here.store.put(key, storedResponse<ByteBody>("1", keptBuffer(new Uint8Array(10))));
  expect(await here.store.find(key)).toHaveLength(1);
  const elsewhere = await make().choose(host, ignore);
  return (await elsewhere.store.find(key)).length;
}

test("the cache of the data centre is shared by its isolates", async () => {
  const make = () => new Stores({ cache: caches.default, bucket: undefined });
  expect(await foundElsewhere(make, "www.example.com")).toBe(1);
  expect((await make().choose("www.example.com", ignore)).reason).toBeUndefined();
});

test("where the cache has no effect a bucket is the store", async () => {
  const make = () => new Stores({ cache: forgetful, bucket });
  expect(await foundElsewhere(make, "antipode.someone.workers.dev")).toBe(1);
  expect((await make().choose("antipode.someone.workers.dev", ignore)).reason).toBeUndefined();
});

test("without either, each isolate has its memory, and Cache-Status says so", async () => {
  const make = () => new Stores({ cache: forgetful, bucket: undefined });
  expect(await foundElsewhere(make, "antipode.someone.workers.dev")).toBe(0);
  expect((await make().choose("antipode.someone.workers.dev", ignore)).reason).toBe("no-shared-store");
});

test("the cache is probed once, and apart for workers.dev", async () => {
  let probes = 0;
  const counting = {
    put: async () => {
      probes += 1;
    },
    match: async () => undefined,
    delete: async () => false,
  } as unknown as Cache;
  const stores = new Stores({ cache: counting, bucket: undefined });
  for (const host of ["a.example", "b.example", "x.workers.dev", "y.workers.dev:443", "a.example"]) {
    await stores.choose(host, ignore);
  }
  expect(probes).toBe(2);
});

test("the reason stands at the end of our member of Cache-Status, unless there is one", () => {
  const valueFor = (value: string): string | undefined => {
    const reply: Reply<ByteBody> = {
      head: { status: 200, fields: [["cache-status", value]] },
      body: undefined,
      sent: ignore,
    };
    return withStoreReason(reply, "no-shared-store").head.fields[0]?.[1];
  };
  expect(valueFor("up; hit, workers; fwd=uri-miss; detail=stored")).toBe(
    "up; hit, workers; fwd=uri-miss; detail=stored; reason=no-shared-store",
  );
  expect(valueFor("workers; detail=not-stored; reason=no-store")).toBe("workers; detail=not-stored; reason=no-store");
});
