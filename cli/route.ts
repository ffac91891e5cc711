/** `antipode route`: which edge a client address is sent to, and why, as the router itself decides it. */
import { parseAddress } from "../core/net/address.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { asked, CONTROL_FLAGS, controlClient } from "./control/client.ts";
import { readDecision } from "./route/read-decision.ts";
import { routeText } from "./route/table.ts";
import { paintFor } from "./text.ts";

const TIMEOUT_MS = 5000;

/** The command. */
export const command = defineCommand({
  summary: "say which edge a client address is sent to, and why",
  help: "Asks a router, through control or directly, what it would do with a request of this address: every edge with the round trip to expect, where that number comes from and how sure it is, its load, its health, its score and its verdict. The router answers with the code and the data that it decides with; nothing is remembered of the question. docs/routing.md explains one answer.",
  flags: {
    ...CONTROL_FLAGS,
    host: {
      kind: "string",
      placeholder: "NAME",
      help: "The host that is asked for: its site may allow some regions only.",
    },
    router: { kind: "url", env: "ANTIPODE_ROUTER", help: "Ask the admin listener of this router instead of control." },
  },
  positionals: { usage: "IP", min: 1, max: 1 },
  examples: ["route 128.59.1.1", "route 2001:db8::1 --host www.example.com --json"],
  run: async ({ flags, positionals: [ip = ""], json }) => {
    if (parseAddress(ip) === undefined) {
      throw new UsageError(
        `"${ip}" is not an IP address; write for example antipode route 128.59.1.1 --host www.example.com`,
      );
    }
    const host = flags.host === undefined ? "" : `&host=${encodeURIComponent(flags.host)}`;
    const path = `/v1/route?ip=${encodeURIComponent(ip)}${host}`;
    const answer =
      flags.router === undefined ? await asked(controlClient(flags), { path }) : await askRouter(flags.router, path);
    if (json) {
      process.stdout.write(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const decision = readDecision(answer);
    if (decision === undefined)
      throw new CommandFailure("the answer is no decision of a router: is it of another version?");
    process.stdout.write(routeText(decision, paintFor(process.stdout)));
    return 0;
  },
});

async function askRouter(router: URL, path: string): Promise<unknown> {
  const url = new URL(path, router);
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" }).catch(
    (error: Error) => {
      const { cause } = error;
      const reason = cause instanceof Error ? cause.message : error.message;
      throw new CommandFailure(
        `no router's admin listener answers at ${router.origin}: ${reason}; it is where the router was started with --admin`,
      );
    },
  );
  const json: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return json;
  const title = typeof json === "object" && json !== null && "title" in json ? String(json.title) : "it gave no reason";
  throw new CommandFailure(`the router refuses (${answer.status}): ${title}`);
}
