/** In which order the servers of an origin pool are asked. */

/** A server with its weight; backups are asked when the others failed. */
export interface Weighted {
  readonly weight: number;
  readonly backup: boolean;
}

/** Weighted choice for the first place, the rest in configured order, backups last. `chance` is in [0, 1). */
export function originOrder<T extends Weighted>(pool: readonly T[], chance: number): readonly T[] {
  if (pool.length === 1) return pool;
  const primaries = pool.filter((server) => !server.backup);
  const backups = pool.filter((server) => server.backup);
  const first = pick(primaries, chance);
  return [...(first ? [first] : []), ...primaries.filter((server) => server !== first), ...backups];
}

function pick<T extends Weighted>(servers: readonly T[], chance: number): T | undefined {
  const total = servers.reduce((sum, server) => sum + server.weight, 0);
  let left = chance * total;
  for (const server of servers) {
    left -= server.weight;
    if (left < 0) return server;
  }
  return servers[0];
}
