/** Objects for tests of the disk store, and how to look at what came of them. */
import { readdirSync } from "node:fs";
import path from "node:path";
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { keptBuffer } from "../../runtime/memory/kept-buffer.ts";
import type { DiskStore } from "../../runtime/node/disk/disk-store.ts";

/** Bytes that are different at each place and for each seed. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** A response with this body. */
export function response(bytes: Buffer, id = "1"): StoredResponse<ByteBody> {
  return {
    id,
    head: { status: 200, fields: [["content-type", "text/plain"]] },
    body: keptBuffer(bytes),
    varyOn: [],
    freshness: {
      lifetimeSeconds: 60,
      source: "max-age",
      initialAgeSeconds: 0,
      staleWhileRevalidateSeconds: 0,
      staleIfErrorSeconds: 0,
      neverStale: false,
      alwaysRevalidate: false,
    },
    requestAtMs: 1_000,
    responseAtMs: 1_001,
  };
}

/** A body, read to its end. */
export async function textOf(body: ByteBody): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** The body that is stored under a key. */
export async function bodyOf(store: DiskStore, key: string): Promise<Buffer | undefined> {
  const [found] = await store.find(key);
  return found && (await textOf(found.body.open()));
}

/** The files of a store. */
export function objectFiles(folder: string): string[] {
  const objects = path.join(folder, "objects");
  return readdirSync(objects).flatMap((name) =>
    readdirSync(path.join(objects, name)).map((file) => path.join(objects, name, file)),
  );
}

/** The body that belongs to the key of a number, for runs that check many. */
export function numberedBody(key: string): Buffer {
  const seed = Number(key);
  return bytesOf((seed * 7_919) % 90_000, seed);
}
