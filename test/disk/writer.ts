/** A process that fills a disk store until it is killed: `node writer.ts FOLDER FIRST`. Says each key that is whole. */
import { systemClock } from "../../runtime/node/clock.ts";
import { openDiskStore } from "../../runtime/node/disk/disk-store.ts";
import { numberedBody, response } from "./objects.ts";

const [folder = "", first = "1"] = process.argv.slice(2);
const sizes = { maxBytes: 2_000_000_000, objectMaxBytes: 50_000_000, variantsPerKeyMax: 16 };
const store = await openDiskStore({ folder, clock: systemClock, ...sizes });
for (let key = Number(first); ; key += 1) {
  await store.put(String(key), response(numberedBody(String(key))));
  process.stdout.write(`${key}\n`);
}
