/** `npm run deploy:workers`: checks, dry run, deployment, smoke test; prints the URL. */
import { readFile } from "node:fs/promises";
import { unreachableOrigins, workerSites } from "../../edge/worker-sites.ts";
import { CommandFailure } from "../args.ts";
import { wranglerConfig } from "./bundle-config.ts";
import { dryRun } from "./dry-run.ts";
import { variableWords, type WorkersFlags, workersFlags } from "./flags.ts";
import { runScript } from "./run.ts";
import { smokeTest } from "./smoke-test.ts";
import { runWrangler, WRANGLER_TOML } from "./wrangler.ts";

const HELP = `npm run deploy:workers -- [--origin URL [--profile safe|rfc9111] | --config FILE] [--dry-run]

Checks what is to be deployed, builds and weighs it, deploys it to your Cloudflare account, asks it
whether it serves, and prints its URL. --dry-run stops before the deployment: no account is needed.`;

/** The origin that wrangler.toml comes with: nobody's. */
const PLACEHOLDER = "https://origin.example.com";

await runScript(async () => {
  const flags = workersFlags(process.argv.slice(2));
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  if (flags.config === undefined) await checkOrigin(flags);
  const words = variableWords(flags);
  const configFile = await wranglerConfig(flags.config, { deployed: true });
  const kib = await dryRun(configFile, words);
  console.log(`built: ${kib.toFixed(1)} KiB compressed`);
  if (flags.dryRun) return 0;
  const { code, output } = await runWrangler(["deploy", "--minify", ...words], configFile);
  console.log(output.trim());
  if (code !== 0) throw new CommandFailure("wrangler did not deploy; nothing has changed for your visitors");
  const url = deployedUrl(output);
  if (url === undefined) {
    console.log("deployed, to routes only: ask one of them for /.antipode/probe to see that it serves");
    return 0;
  }
  await smokeTest(url);
  console.log(`serving: ${url}`);
  return 0;
});

async function checkOrigin(flags: WorkersFlags): Promise<void> {
  const toml = await readFile(WRANGLER_TOML, "utf8");
  const origin = flags.origin ?? variableOf(toml, "ORIGIN");
  if (origin === PLACEHOLDER && !flags.dryRun) {
    throw new CommandFailure(`ORIGIN in wrangler.toml is still ${PLACEHOLDER}: write your server's URL there`);
  }
  const judged = workerSites(
    { ORIGIN: origin, PROFILE: flags.profile ?? variableOf(toml, "PROFILE") },
    undefined,
    Date.now(),
  );
  const problems = judged.kind === "problems" ? judged.problems : unreachableOrigins(judged.sites);
  if (problems.length > 0) throw new CommandFailure(problems.join("\n"));
}

/** A variable's text in wrangler.toml: what stands in quotes after its name at the beginning of a line. */
function variableOf(toml: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*=\\s*"([^"]*)"`, "m").exec(toml)?.[1];
}

function deployedUrl(output: string): string | undefined {
  return /https:\/\/[\w.-]+\.workers\.dev/.exec(output)?.[0];
}
