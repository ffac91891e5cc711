/**
 * `npm run measure:workers [-- --json FILE]`: the weight of the Worker, the processor time and the subrequests of a hit on
 * workerd. Exits 1 when one is over its limit.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BUNDLE_MAX_KIB, dryRun } from "../../cli/workers/dry-run.ts";
import { WRANGLER_TOML } from "../../cli/workers/wrangler.ts";
import { provenance } from "../provenance.ts";
import { HIT_LIMITS, measureHit } from "./cost.ts";

const { values } = parseArgs({ options: { json: { type: "string" } } });
const where = provenance();
const weightKib = Math.round((await dryRun(WRANGLER_TOML)) * 10) / 10;
const cost = await measureHit({ rounds: 9, invocationsPerRound: 10 });
const passed =
  weightKib <= BUNDLE_MAX_KIB &&
  cost.cpuMsPerHit <= HIT_LIMITS.cpuMs &&
  cost.subrequestsPerHit <= HIT_LIMITS.subrequests;
console.log(`weight: ${weightKib} KiB compressed (limit ${BUNDLE_MAX_KIB})`);
console.log(
  `processor time of a hit: ${cost.cpuMsPerHit.toFixed(3)} ms of all of workerd (limit ${HIT_LIMITS.cpuMs});`,
);
console.log(`  with the simulated Cache API: ${cost.cpuMsPerHitWithSimulatedCache.toFixed(3)} ms`);
console.log(`subrequests of a hit: ${cost.subrequestsPerHit} (limit ${HIT_LIMITS.subrequests})`);
if (values.json !== undefined) {
  const limits = { weightKib: BUNDLE_MAX_KIB, ...HIT_LIMITS };
  const result = { passed, weightKib, ...cost, limits };
  writeFileSync(values.json, `${JSON.stringify({ name: "workers-cost", passed, ...where, result }, null, 2)}\n`);
}
process.exitCode = passed ? 0 : 1;
