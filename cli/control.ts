/** `antipode control`: watches the nodes of a config and shows them. The ledger and the API join it later. */
import { isIPv6 } from "node:net";
import { startControl } from "../control/node.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { contentOf } from "./load-config.ts";
import { untilStopped, version } from "./role.ts";

/** Its answers are short. */
const CONTROL_GRACE_MS = 2_000;

/** The command. */
export const command = defineCommand({
  summary: "show the state of a fleet: a status page and the same as JSON",
  help: "Asks the admin listeners of the nodes that the config names and serves a status page on / and JSON on /v1/edges. Plain HTTP, so it listens on loopback addresses only.",
  flags: {
    config: { kind: "string", placeholder: "FILE", help: "The config that names the nodes.", required: true },
    listen: { kind: "hostport", help: "Where to listen.", default: "127.0.0.1:8081" },
  },
  examples: ["control --config antipode.config.json --listen 127.0.0.1:8081"],
  run: async ({ flags }) => {
    if (!/^(?:localhost|127\.|::1$)/i.test(flags.listen.host)) {
      throw new UsageError(
        `--listen ${flags.listen.host} is not a loopback address; write 127.0.0.1:${flags.listen.port}`,
      );
    }
    const config = await contentOf(flags.config);
    const control = await startControl({ config, listen: flags.listen, version: version() }).catch((error: Error) => {
      throw new CommandFailure(`cannot listen at ${flags.listen.host}:${flags.listen.port} (${error.message})`);
    });
    const { host, port } = control.listening;
    process.stderr.write(`READY control http=${isIPv6(host) ? `[${host}]` : host}:${port}\n`);
    await untilStopped(() => control.close(), CONTROL_GRACE_MS);
    return 0;
  },
});
