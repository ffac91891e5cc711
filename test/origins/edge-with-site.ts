/** A real edge on real sockets that serves one site, for tests of what lies behind it. */
import { compileSite } from "../../core/config/compile-config.ts";
import { defaultSettings, type Settings } from "../../core/config/settings.ts";
import type { SiteConfig } from "../../core/config/types.ts";
import type { RequestRecord } from "../../core/record.ts";
import { startEdge } from "../../edge/node.ts";
import { poolLimits } from "../../origin/pool-limits.ts";
import type { DiskStore } from "../../runtime/node/disk/disk-store.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";
import type { PoolOptions } from "../../runtime/node/upstream-pools.ts";

/** A running edge. */
export interface EdgeWithSite {
  readonly port: number;
  readonly url: string;
  readonly records: readonly RequestRecord[];
  /** `/status.json` as a text. */
  status(): Promise<string>;
  close(): Promise<void>;
}

/** What may differ from the start values. */
export interface EdgeWithSiteOptions {
  readonly id?: string;
  readonly port?: number;
  readonly settings?: Partial<Settings>;
  readonly upstream?: PoolOptions;
  readonly debugToken?: string;
  /** Below memory; stays open when the edge is closed. */
  readonly disk?: DiskStore;
}

/** Starts it; every host is the site's. Origins may be private unless the site says otherwise. */
export async function edgeWithSite(
  site: Partial<SiteConfig> & Pick<SiteConfig, "origins">,
  options: EdgeWithSiteOptions = {},
): Promise<EdgeWithSite> {
  const { id = "edge", port = 0 } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const whole = { hosts: ["*"], ...site, origin: { allowPrivate: true, ...site.origin } };
  const compiled = compileSite(whole, { name: "site", appliedAtMs: Date.now(), settings });
  if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
  const records: RequestRecord[] = [];
  const upstream = new NodeUpstream(options.upstream);
  const edge = await startEdge({
    ...{ id, version: "test", memoryBytes: 64_000_000, limits: settings, hitForPassKeysMax: 1_000, trustedProxies: [] },
    listen: { host: "127.0.0.1", port },
    admin: { host: "127.0.0.1", port: 0 },
    upstream,
    ...(options.disk !== undefined && { lower: options.disk }),
    poolLimits: poolLimits(settings),
    findSite: () => compiled.site,
    sites: [compiled.site],
    onRecord: (record) => records.push(record),
    onError: (error) => {
      throw error;
    },
  });
  return {
    port: edge.listening.port,
    url: `http://127.0.0.1:${edge.listening.port}`,
    records,
    status: async () => await (await fetch(`http://127.0.0.1:${edge.admin?.port}/status.json`)).text(),
    close: async () => {
      await edge.drain(0);
      await upstream.destroy();
    },
  };
}
