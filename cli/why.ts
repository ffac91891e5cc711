/** `antipode why`: why a URL is answered as it is, as the edges themselves decide it. */
import { parseAddress } from "../core/net/address.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { asked, CONTROL_FLAGS, controlClient } from "./control/client.ts";
import { paintFor } from "./text.ts";
import { whyText } from "./why-text.ts";

/** The command. */
export const command = defineCommand({
  summary: "say why a URL is cached or not: key, what is stored, purges, what comes next",
  help: "Asks the edges, through control, what they would do with a request for this URL: its site and rules, every part of its key, what is stored for it and for how long, whether a purge covers it, why the last answer was not stored, and what the next request would get. The edges answer with the code that serves users; the request is not made. With --from, the edge that a client of this address is sent to comes first.",
  flags: {
    ...CONTROL_FLAGS,
    header: { kind: "list", placeholder: "'NAME: VALUE'", help: "A header of the request; may be repeated." },
    from: {
      kind: "string",
      placeholder: "IP",
      help: "The address of the client: which edge it is sent to, and its country.",
    },
    method: { kind: "string", default: "GET", help: "The method of the request." },
    edge: { kind: "string", placeholder: "ID", help: "Show what this edge says only." },
  },
  positionals: { usage: "URL", min: 1, max: 1 },
  examples: [
    "why https://www.example.com/app.css",
    "why https://www.example.com/ --header 'Cookie: session=1' --from 128.59.1.1",
  ],
  run: async ({ flags, positionals: [text = ""], json }) => {
    const url = urlOf(text);
    if (flags.from !== undefined && parseAddress(flags.from) === undefined) {
      throw new UsageError(`--from "${flags.from}" is not an IP address; write for example --from 128.59.1.1`);
    }
    const query = new URLSearchParams({ url: url.href, method: flags.method });
    if (flags.from !== undefined) query.set("from", flags.from);
    for (const header of flags.header ?? []) {
      if (!header.includes(":")) throw new UsageError(`--header "${header}" has no colon; write 'Name: value'`);
      query.append("header", header);
    }
    const answer = await asked(controlClient(flags), { path: `/v1/why?${query}` });
    if (json) {
      process.stdout.write(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const shown = whyText(answer, flags.edge, paintFor(process.stdout));
    if (shown === undefined) {
      throw new CommandFailure(
        flags.edge === undefined
          ? "no edge of the fleet has answered; antipode status shows which are up"
          : `edge ${flags.edge} has not answered; antipode status shows which are up`,
      );
    }
    process.stdout.write(shown);
    return 0;
  },
});

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new UsageError(`"${text}" is no URL; write for example antipode why https://www.example.com/page`);
}
