/** An edge of a fleet as it starts: what was purged while it was away must not answer its first request. */
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { defaultSettings } from "../../core/config/settings.ts";
import { startEdge } from "../../edge/node.ts";
import { poolLimits } from "../../origin/pool-limits.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";
import { atEnd } from "./running.ts";

test("an edge takes the ledger's purges before it listens", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  atEnd(() => other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const upstream = new NodeUpstream();
  atEnd(() => upstream.destroy());
  const steps: string[] = [];
  // Its port is taken: that it tried to listen is seen by its failure.
  await startEdge({
    ...{ id: "edge", version: "test", listen: { host: "127.0.0.1", port }, admin: undefined, memoryBytes: 1_000_000 },
    ...{ limits: defaultSettings, hitForPassKeysMax: 10, upstream, trustedProxies: [] },
    poolLimits: poolLimits(defaultSettings),
    findSite: () => undefined,
    followPurges: () => void steps.push("purges"),
    onRecord: () => {},
    onError: () => {},
  }).catch(() => void steps.push("listen"));
  expect(steps).toEqual(["purges", "listen"]);
});
