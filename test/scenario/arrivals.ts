/** Waiting for requests to have come to the point where they wait for somebody else. */
import { expect, vi } from "vitest";
import type { Edge } from "../../edge/edge.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";

/** Returns how to wait until so many requests have looked into the store. Begins to count now. */
export function arrivals({ store }: Edge<ByteBody>): (count: number) => Promise<void> {
  const find = vi.spyOn(store, "find");
  const done = () => find.mock.settledResults.filter(({ type }) => type === "fulfilled").length;
  return async (count) => {
    await vi.waitFor(() => expect(done()).toBeGreaterThanOrEqual(count), { interval: 1 });
    await Promise.resolve();
  };
}
