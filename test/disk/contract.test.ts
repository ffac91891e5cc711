/** The disk store, and memory in front of it, under the contract of stores. */
import { afterAll } from "vitest";
import { keptBuffer } from "../../runtime/memory/kept-buffer.ts";
import { TieredStore } from "../../runtime/memory/tiered-store.ts";
import { storeContract, storeVariantsContract } from "../contract/store.ts";
import { openStore, removeScratch, scratchFolder } from "./scratch.ts";

afterAll(removeScratch, 60_000);

const body = (bytes: number) => keptBuffer(Buffer.alloc(bytes));

storeContract("disk", async (maxBytes) => {
  return { store: await openStore({ folder: scratchFolder(), maxBytes }), body };
});

storeVariantsContract("little memory over disk", async () => {
  const lower = await openStore({ folder: scratchFolder() });
  return { store: new TieredStore({ maxBytes: 2_000, lower, inBackground: () => {} }), body };
});

storeContract("memory over a disk that takes nothing", async (maxBytes) => {
  const lower = await openStore({ folder: scratchFolder(), maxBytes: 1_000 });
  return { store: new TieredStore({ maxBytes, lower, inBackground: () => {} }), body };
});
