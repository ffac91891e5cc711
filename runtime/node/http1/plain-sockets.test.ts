/** The tests of the listener once more on plain sockets, which are used where Node's handles are not as we know them. */
import { afterAll, beforeAll, describe, vi } from "vitest";

beforeAll(() => vi.stubEnv("ANTIPODE_PLAIN_SOCKETS", "1"));
afterAll(() => vi.unstubAllEnvs());

describe("on plain sockets", async () => {
  await import("./server-faults.test.ts");
  await import("./server-life.test.ts");
  await import("./server-limits.test.ts");
  await import("./server-refusals.test.ts");
  await import("./server-replies.test.ts");
  await import("./server-requests.test.ts");
  await import("./proxy-header.test.ts");
});
