/** `antipode purges`: those that were, with their receipts, for looking up and for the audit; those that are to come. */
import { textMember } from "../core/ledger/read-json.ts";
import { defineCommand, UsageError } from "./args.ts";
import { asked, CONTROL_FLAGS, controlClient, listOf, print, table } from "./control/client.ts";
import { receiptText } from "./purge/receipt.ts";

/** The command. */
export const command = defineCommand({
  summary: "look up purges and their receipts, and those that are to come",
  help: "With --json what is listed is an audit record: who purged what, when, the hash of its entry in the ledger, and which edge has applied it.",
  flags: {
    site: { kind: "string", placeholder: "NAME", help: "Only those of one site." },
    before: { kind: "string", placeholder: "POSITION", help: "Only older ones; `next` of the list before." },
    limit: { kind: "number", default: "50", min: "1", max: "1000", help: "How many." },
    ...CONTROL_FLAGS,
  },
  positionals: { usage: "list | show POSITION | scheduled | cancel ID", min: 1, max: 2 },
  examples: ["purges list --site shop", "purges scheduled", "purges list --limit 1000 --json"],
  run: async ({ flags, positionals: [verb, what], json }) => {
    const ask = controlClient(flags);
    const query = new URLSearchParams();
    if (flags.site !== undefined) query.set("site", flags.site);
    if (verb === "list") {
      query.set("limit", `${flags.limit}`);
      if (flags.before !== undefined) query.set("before", flags.before);
      const answer = await asked(ask, { path: `/v1/purges?${query}` });
      const rows = listOf(answer, "purges").map((one) => {
        const edges = listOf(one, "edges");
        const applied = edges.filter(({ status }) => status === "applied").length;
        const words = [one.at, one.site, one.scope, one.values ?? "", one.author].map(String);
        return [textMember(one, "position") ?? "", ...words, `${applied} of ${edges.length}`];
      });
      print(json, answer, () => table([["POSITION", "AT", "SITE", "SCOPE", "VALUES", "BY", "APPLIED"], ...rows]));
      return 0;
    }
    if (verb === "scheduled" && what === undefined) {
      const answer = await asked(ask, { path: `/v1/purges/scheduled?${query}` });
      const rows = listOf(answer, "scheduled").map(({ id, at, site, scope, values = "" }) =>
        [id, at, site, scope, values].map(String),
      );
      print(json, answer, () => table([["ID", "DUE", "SITE", "SCOPE", "VALUES"], ...rows]));
      return 0;
    }
    if (what === undefined || (verb !== "show" && verb !== "cancel"))
      throw new UsageError("write: purges list, purges show POSITION, purges scheduled or purges cancel ID");
    const answer = await asked(
      ask,
      verb === "show"
        ? { path: `/v1/purges/${encodeURIComponent(what)}` }
        : { method: "DELETE", path: `/v1/purges/scheduled/${encodeURIComponent(what)}` },
    );
    print(json, answer, () => (verb === "show" ? receiptText(answer) : `${what} is called off\n`));
    return 0;
  },
});
