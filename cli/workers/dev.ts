/** `npm run dev:workers`: the Worker on this machine, on the real workerd, without an account or the internet. */
import { wranglerConfig } from "./bundle-config.ts";
import { variableWords, workersFlags } from "./flags.ts";
import { runScript } from "./run.ts";
import { startWrangler } from "./wrangler.ts";

const HELP = `npm run dev:workers -- [--origin URL [--profile safe|rfc9111] | --config FILE] [--port 8787]

Runs the edge on workerd on this machine, in front of --origin or of the sites of --config.
Without either, the variables of wrangler.toml count. Ctrl-C stops it.`;

await runScript(async () => {
  const flags = workersFlags(process.argv.slice(2));
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const port = flags.port === undefined ? [] : ["--port", flags.port];
  const words = ["dev", ...port, ...variableWords(flags)];
  const child = startWrangler(words, { stdio: "inherit", configFile: await wranglerConfig(flags.config) });
  // Ctrl-C reaches both of us; wrangler cleans up and ends first.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
});
