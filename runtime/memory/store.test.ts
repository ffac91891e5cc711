/** The memory store under the contract. */
import { storeContract } from "../../test/contract/store.ts";
import { keptBuffer } from "./kept-buffer.ts";
import { MemoryStore } from "./store.ts";

storeContract("memory", (maxBytes) => ({
  store: new MemoryStore({ maxBytes }),
  body: (bytes) => keptBuffer(Buffer.alloc(bytes)),
}));
