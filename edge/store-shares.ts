/** What sites are promised of an edge's store. */

import type { Store } from "../core/ports.ts";

/** How sites tell their shares to a store. It is told of changes only: each one costs it a walk through its entries. */
export function shareAmong(
  store: Pick<Store<unknown>, "share">,
): (sites: Iterable<{ readonly name: string; readonly storagePercent: number }>) => void {
  let told = "";
  return (sites) => {
    const percents = new Map<string, number>();
    for (const { name, storagePercent } of sites) if (storagePercent > 0) percents.set(name, storagePercent);
    const text = JSON.stringify([...percents].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (text === told || (told === "" && percents.size === 0)) return;
    told = text;
    store.share?.(percents);
  };
}
