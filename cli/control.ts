/** `antipode control`: keeps the ledger, serves its API and feed, and shows the state of the nodes. */

import { readFileSync } from "node:fs";
import { startControl, type TlsIdentity } from "../control/node.ts";
import { isLoopbackHost } from "../core/net/address-class.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { reasonOf } from "./config-file.ts";
import { contentOf } from "./load-config.ts";
import { sayReady, untilStopped, version } from "./role.ts";

/** Its answers are short. */
const CONTROL_GRACE_MS = 2_000;

/** The command. */
export const command = defineCommand({
  summary: "keep the ledger of a fleet: its API, its feed, a status page",
  help: "With --data DIR it keeps the ledger there: sites, purges, nodes, tokens. The first start writes DIR/admin.token and DIR/join.token, readable by their owner only. The API is under /v1 (described at /v1/openapi.json). With --config it also watches the nodes that the file names and shows them on /. Plain HTTP is served on loopback addresses only. Elsewhere it speaks TLS with a certificate of its own, kept in DIR, which nodes know by the join token and people by the address that is printed; or with --tls-cert and --tls-key.",
  flags: {
    data: { kind: "string", placeholder: "DIR", help: "Where the ledger lies." },
    config: { kind: "string", placeholder: "FILE", help: "A config that names nodes to watch." },
    listen: { kind: "hostport", help: "Where to listen.", default: "127.0.0.1:8081" },
    tlsCert: { kind: "string", placeholder: "FILE", help: "A certificate in PEM, for other than loopback." },
    tlsKey: { kind: "string", placeholder: "FILE", help: "Its key in PEM." },
  },
  examples: ["control --data ./control-data", "control --data DIR --listen 0.0.0.0:8443"],
  run: async ({ flags }) => {
    const { data, listen } = flags;
    if (data === undefined && flags.config === undefined) {
      throw new UsageError("give --data DIR, where the ledger is to lie (or --config FILE for a status page alone)");
    }
    const given = tlsIdentity(flags);
    const needsTls = !isLoopbackHost(listen.host);
    if (given === undefined && needsTls && data === undefined)
      throw new UsageError(`--listen ${listen.host} is not a loopback address: that needs TLS, and so --data DIR`);
    const tls = given ?? (needsTls ? "own" : undefined);
    const config = flags.config === undefined ? {} : await contentOf(flags.config);
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    const control = await startControl({ config, listen, version: version(), data, tls, say }).catch((error: Error) => {
      throw new CommandFailure(`control cannot start at ${listen.host}:${listen.port}: ${error.message}`);
    });
    if (control.tlsFingerprint !== undefined)
      say(`for people: ANTIPODE_CONTROL=https://HOST:${control.listening.port}#${control.tlsFingerprint}`);
    sayReady("control", { [tls === undefined ? "http" : "https"]: control.listening });
    await untilStopped({ drain: () => control.close() }, CONTROL_GRACE_MS);
    return 0;
  },
});

function tlsIdentity(flags: {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}): TlsIdentity | undefined {
  const { tlsCert, tlsKey } = flags;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError("--tls-cert and --tls-key go together");
  return { cert: readPem(tlsCert), key: readPem(tlsKey) };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandFailure(`cannot read ${file}: ${reasonOf(error)}`);
  }
}
