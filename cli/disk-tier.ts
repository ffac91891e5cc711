/** `--disk DIR --disk-size N` of an edge: the store below memory, and what is told of it. */
import type { EvictionPolicy } from "../core/cache/admission/eviction.ts";
import { type Sample, sample } from "../core/metrics/metrics-text.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { DirectoryProblem } from "../runtime/node/disk/directory.ts";
import { type DiskStore, openDiskStore } from "../runtime/node/disk/disk-store.ts";
import { CommandFailure, UsageError } from "./args.ts";

const DISK_SIZE_BYTES = 10 * 2 ** 30;

/** The flags that matter to it. */
export interface DiskFlags {
  readonly disk: string | undefined;
  readonly diskSize: number | undefined;
  readonly policy: EvictionPolicy;
}

/** An open disk tier. */
export interface DiskTier {
  readonly store: DiskStore;
  samples(): readonly Sample[];
  status(): { readonly disk: object };
}

/** Opens it; undefined when there is to be none. */
export async function openDiskTier(
  { disk: folder, diskSize, policy }: DiskFlags,
  settings: { readonly variantsPerKeyMax: number; readonly diskObjectMaxBytes: number },
): Promise<DiskTier | undefined> {
  if (folder === undefined) {
    if (diskSize !== undefined) throw new UsageError("--disk-size needs --disk DIR");
    return undefined;
  }
  const store = await openDiskStore({
    folder,
    maxBytes: diskSize ?? DISK_SIZE_BYTES,
    clock: systemClock,
    variantsPerKeyMax: settings.variantsPerKeyMax,
    objectMaxBytes: settings.diskObjectMaxBytes,
    policy,
  }).catch((error: unknown) => {
    throw error instanceof DirectoryProblem ? new CommandFailure(`--disk: ${error.message}`) : error;
  });
  if (store.rebuiltFrom !== undefined) {
    process.stderr.write(`${folder} held a store of version ${store.rebuiltFrom}: begun anew\n`);
  }
  return { store, samples: () => diskSamples(store), status: () => ({ disk: { folder, ...store.figures() } }) };
}

function diskSamples(store: DiskStore): readonly Sample[] {
  const figures = store.figures();
  return [
    sample("antipode_disk_entries", figures.entries),
    sample("antipode_disk_bytes", figures.bytes),
    sample("antipode_disk_max_bytes", figures.maxBytes),
    sample("antipode_disk_failing", figures.failing === undefined ? 0 : 1),
    sample("antipode_disk_failures_total", figures.failures),
    sample("antipode_disk_damaged_total", figures.damaged),
    sample("antipode_disk_hits_total", figures.hits),
    sample("antipode_disk_read_bytes_total", figures.readBytes),
    sample("antipode_disk_written_bytes_total", figures.writtenBytes),
    sample("antipode_disk_evicted_total", figures.evicted),
    sample("antipode_disk_refused_total", figures.refused),
  ];
}
