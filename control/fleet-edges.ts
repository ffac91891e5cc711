/** The edges of a config as a router reaches them. */
import type { EdgeConfig, RoutingConfig } from "../core/config/types.ts";
import { parseAddress } from "../core/net/address.ts";
import type { Target } from "../core/ports.ts";

/** An edge with a place to connect to. */
export interface ReachableEdge {
  readonly id: string;
  readonly at: EdgeConfig["at"];
  readonly target: Target;
  readonly redirectBase: string | undefined;
  readonly region: string | undefined;
  readonly capacityPerSecond: number | undefined;
  readonly costMs: number | undefined;
  readonly transferQuotaBytes: number | undefined;
  /** For DNS answers: those that it names, else the one that it is reached at. */
  readonly addresses: readonly string[];
}

/** The edges in the order that holds for clients without a place; those without an address are named in `unreachable`. */
export function reachableEdges(
  edges: ReadonlyMap<string, EdgeConfig>,
  routing: RoutingConfig,
): { readonly edges: readonly ReachableEdge[]; readonly unreachable: readonly string[] } {
  const order = [...new Set([...(routing.fallbackOrder ?? []), ...edges.keys()])];
  const found: ReachableEdge[] = [];
  const unreachable: string[] = [];
  for (const id of order) {
    const edge = edges.get(id);
    if (edge === undefined) continue;
    const target = targetOf(edge);
    if (target === undefined) unreachable.push(id);
    else {
      const { at, region, capacity: capacityPerSecond, costMs, transferQuotaGb } = edge;
      const transferQuotaBytes = transferQuotaGb === undefined ? undefined : transferQuotaGb * 1e9;
      const choosing = { region, capacityPerSecond, costMs, transferQuotaBytes };
      const addresses = edge.addresses ?? [target.host].filter((host) => parseAddress(host) !== undefined);
      found.push({ id, at, target, redirectBase: redirectBaseOf(edge), addresses, ...choosing });
    }
  }
  return { edges: found, unreachable };
}

/** `listen`, else the first address on the usual port. */
function targetOf({ listen, addresses }: EdgeConfig): Target | undefined {
  const text = listen ?? (addresses?.[0] === undefined ? undefined : `http://${bracketed(addresses[0])}`);
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const scheme = url.protocol === "https:" ? "https" : "http";
  return {
    scheme,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (scheme === "https" ? 443 : 80),
  };
}

function redirectBaseOf({ name, listen }: EdgeConfig): string | undefined {
  if (name !== undefined) return name.includes("://") ? new URL(name).origin : `https://${name}`;
  return listen === undefined || !URL.canParse(listen) ? undefined : new URL(listen).origin;
}

function bracketed(address: string): string {
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}
