/** Opens a disk store and says what that took: `node --expose-gc opener.ts FOLDER`. */
import { systemClock } from "../../runtime/node/clock.ts";
import { openDiskStore } from "../../runtime/node/disk/disk-store.ts";

const [folder = ""] = process.argv.slice(2);

function memoryBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const before = memoryBytes();
const startMs = performance.now();
const store = await openDiskStore({
  folder,
  clock: systemClock,
  maxBytes: 10_000_000_000,
  objectMaxBytes: 50_000_000,
  variantsPerKeyMax: 16,
});
const openMs = Math.round(performance.now() - startMs);
const { entries } = store.usage();
console.log(JSON.stringify({ openMs, entries, indexBytes: memoryBytes() - before }));
await store.close();
