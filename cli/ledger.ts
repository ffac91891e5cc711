/** `antipode ledger`: the audit, every write with its author. */
import { type Members, textMember } from "../core/ledger/read-json.ts";
import { defineCommand } from "./args.ts";
import { asked, CONTROL_FLAGS, controlClient, listOf, moment, print, table } from "./control/client.ts";

/** The command. */
export const command = defineCommand({
  summary: "list the entries of the ledger: who wrote what, and when",
  help: "The newest first. Secrets and their hashes are not shown. Entries stay for a while after the ledger has folded them (auditEntriesKept); versions of sites always.",
  flags: {
    limit: { kind: "number", default: "20", min: "1", max: "1000", help: "How many entries." },
    before: { kind: "string", placeholder: "POSITION", help: "Only entries before this one." },
    ...CONTROL_FLAGS,
  },
  examples: ["ledger", "ledger --limit 100 --json"],
  run: async ({ flags, json }) => {
    const query = new URLSearchParams({ limit: String(flags.limit), ...(flags.before && { before: flags.before }) });
    const answer = await asked(controlClient(flags), { path: `/v1/audit?${query}` });
    print(json, answer, () => auditText(answer));
    return 0;
  },
});

function auditText(answer: Members): string {
  const rows = listOf(answer, "entries").map(({ position, at, author, kind, site, payload }) => [
    ...[position, moment(at), author, kind, site ?? "-"].map(String),
    shortened(JSON.stringify(payload)),
  ]);
  return rows.length === 0
    ? `there are none before that; the ledger is at ${textMember(answer, "position")}\n`
    : table([["POSITION", "AT", "BY", "WHAT", "SITE", "SAYS"], ...rows]);
}

const SHOWN_MAX = 80;

function shortened(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 1)}…` : text;
}
