/** Builds the Worker as a deployment would, without an account, and weighs it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CommandFailure } from "../args.ts";
import { runWrangler } from "./wrangler.ts";

/** The most that the Worker may weigh, compressed. */
export const BUNDLE_MAX_KIB = 300;

/** The weight of the built Worker in KiB, compressed. Fails when it cannot be built or is too heavy. */
export async function dryRun(configFile: string, words: readonly string[] = []): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "antipode-worker-"));
  try {
    const { code, output } = await runWrangler(
      ["deploy", "--dry-run", "--minify", "--outdir", directory, ...words],
      configFile,
    );
    if (code !== 0) throw new CommandFailure(`wrangler could not build the Worker:\n${output}`);
    const scripts = (await readdir(directory)).filter((name) => name.endsWith(".js"));
    const bytes = await Promise.all(
      scripts.map(async (name) => gzipSync(await readFile(join(directory, name))).length),
    );
    const kib = bytes.reduce((sum, size) => sum + size, 0) / 1024;
    if (kib > BUNDLE_MAX_KIB)
      throw new CommandFailure(`the Worker weighs ${kib.toFixed(1)} KiB; ${BUNDLE_MAX_KIB} is the limit`);
    return kib;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
