/** Which server of a pool gets the next request: those that are well by weight, backups when none is, all rather than none. */
import type { PoolServer } from "./pool-server.ts";

/** What the choice depends on. */
export interface ChoiceGround {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly chance: number;
  readonly maxInFlight: number;
  /** Asked before, for the same request. */
  readonly tried: ReadonlySet<PoolServer>;
}

/** The server, or why there is none: all that may be asked are `full`, or none may be asked (`resting`). */
export type ServerChoice =
  | { readonly kind: "server"; readonly server: PoolServer }
  | { readonly kind: "full" }
  | { readonly kind: "resting" };

/**
 * Health and ejection are opinions: when they are against everybody, they are ignored. An open breaker is not: it is
 * what keeps a dead origin from being asked by every request.
 */
export function chooseServer(servers: readonly PoolServer[], ground: ChoiceGround): ServerChoice {
  const { nowMs, tried } = ground;
  const left = tried.size === 0 ? servers : servers.filter((server) => !tried.has(server));
  const well = left.filter((server) => server.isWell(nowMs));
  const candidates = well.length > 0 ? well : left.filter((server) => server.breaker.admits(nowMs));
  if (candidates.length === 0) return { kind: "resting" };
  const primaries = candidates.filter((server) => !server.policy.backup);
  const tier = primaries.length > 0 ? primaries : candidates;
  const free = tier.filter((server) => server.hasRoom(ground.maxInFlight, nowMs));
  const server = pick(free, ground);
  return server === undefined ? { kind: "full" } : { kind: "server", server };
}

function pick(servers: readonly PoolServer[], { chance, nowMs }: ChoiceGround): PoolServer | undefined {
  if (servers.length < 2) return servers[0];
  const weights = servers.map((server) => server.weight(nowMs));
  let left = chance * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, server] of servers.entries()) {
    left -= weights[index] ?? 0;
    if (left < 0) return server;
  }
  return servers.at(-1);
}
