/** `antipode dev`: a whole CDN on this machine. */

import { join } from "node:path";
import { DEV_PLACES, devConfig, portsOfDev } from "../control/dev-config.ts";
import { DEFAULT_DEV_PORT, HIGHEST_DEV_PORT } from "../control/dev-ports.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { placeConfig } from "./dev/config-place.ts";
import { jsonOutput, terminalOutput } from "./dev/output.ts";
import { openPlaceAddresses, placeAddress } from "./dev/place-addresses.ts";
import { devPrograms } from "./dev/plan.ts";
import { originProblem, portProblem, wantedPorts } from "./dev/preflight.ts";
import { runDev } from "./dev/run.ts";
import { seedLedger } from "./dev/seed-ledger.ts";
import { sitesForDev } from "./load-config.ts";
import { paintFor } from "./text.ts";

/** The command. */
export const command = defineCommand({
  summary: "run a whole CDN on this machine: three edges, a router, control and a demo site",
  help: [
    "Starts control, three edges (nyc, fra, syd) and a router, each a process of its own, in front of a demo site or, with --origin, of your own server.",
    "",
    "All ports move together: with --port P the router is P, control P+1, the demo origin P+10, the edges P+21 to P+23, their admin listeners P+121 to P+123, the router's P+200. Give a second one a --port that is 1000 away.",
    "",
    "This machine counts as a trusted proxy here, so X-Forwarded-For says where a client is. Ctrl-C ends everything.",
  ].join("\n"),
  flags: {
    origin: { kind: "url", help: "Stand in front of this server instead of the demo site." },
    config: {
      kind: "string",
      placeholder: "FILE",
      help: "Serve the sites of this config file, each under its own hosts.",
    },
    port: {
      kind: "number",
      help: "The router's port; the others follow from it.",
      default: String(DEFAULT_DEV_PORT),
      min: "1",
      max: String(HIGHEST_DEV_PORT),
    },
    dns: { kind: "hostport", help: "Answer as a name server there, too; each edge then has an address of its own." },
    wan: { kind: "boolean", help: "Add the real delays between the places (New York to Sydney: 160 ms and back)." },
  },
  examples: ["dev", "dev --origin http://127.0.0.1:3000", "dev --config antipode.config.json", "dev --port 9080 --wan"],
  run: async ({ flags, json }) => {
    if (!Number.isInteger(flags.port)) throw new UsageError(`--port ${flags.port} is not a whole number`);
    if (flags.origin !== undefined && flags.config !== undefined) {
      throw new UsageError("give either --origin URL or --config FILE: a config file names its own origins");
    }
    const sites = flags.config === undefined ? undefined : await sitesForDev(flags.config);
    const ports = portsOfDev(flags.port);
    const originUrl = flags.origin?.origin;
    const wanted = wantedPorts(ports, {
      edgeIds: DEV_PLACES.map((place) => place.id),
      demoOrigin: originUrl === undefined && sites === undefined ? "yes" : "no",
    });
    if (flags.origin !== undefined) {
      const problem = await originProblem(flags.origin, wanted);
      if (problem?.kind === "usage") throw new UsageError(problem.message);
      if (problem !== undefined) throw new CommandFailure(problem.message);
    }
    const taken = await portProblem(wanted, flags.port);
    if (taken !== undefined) throw new CommandFailure(taken);
    const places = flags.dns === undefined ? undefined : await openPlaceAddresses(ports.router, ports.edges);
    const wan = flags.wan ? "on" : "off";
    const { dns } = flags;
    const content = devConfig({ ports, originUrl, sites, ...(dns !== undefined && { dnsAddress: placeAddress }) });
    const config = placeConfig(content);
    const { folder } = config;
    const write = (text: string): void => void process.stdout.write(text);
    const clock = systemClock;
    const shape = () => ({ columns: process.stdout.columns ?? 100, paint: paintFor(process.stdout) });
    try {
      const { adminTokenFile, joinTokenFile } = await seedLedger(join(folder, "control"), content.sites);
      const files = { configFile: config.file, folder, joinTokenFile, sitesFile: flags.config };
      return await runDev({
        programs: devPrograms({ ports, originUrl, wan, dns, ...files }),
        output: json ? jsonOutput({ clock, write }) : terminalOutput({ clock, write, shape }),
        clock,
        welcome: {
          inFrontOf: originUrl ?? flags.config,
          siteUrl: `http://localhost:${ports.router}`,
          statusUrl: `http://localhost:${ports.control}`,
          routerAuthority: `localhost:${ports.router}`,
          clients: DEV_PLACES.map(({ place, exampleClient }) => ({ place, address: exampleClient })),
          wan,
          dns,
          controlUrl: `http://127.0.0.1:${ports.control}`,
          adminTokenFile,
          programFile: join(import.meta.dirname, "..", "bin", "antipode"),
        },
      });
    } finally {
      places?.close();
      config.remove();
    }
  },
});
