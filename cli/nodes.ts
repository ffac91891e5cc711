/** `antipode nodes`: the edges and routers of a fleet, and what admins do with them. */
import { isMembers, type Members, textMember } from "../core/ledger/read-json.ts";
import { defineCommand, UsageError } from "./args.ts";
import { asked, CONTROL_FLAGS, controlClient, listOf, moment, print, table } from "./control/client.ts";

const VERBS = ["list", "drain", "undrain", "revoke"] as const;

/** The command. */
export const command = defineCommand({
  summary: "list the nodes of a fleet; drain, undrain or revoke one",
  help: [
    "list shows every edge and router: where it stands to the ledger (current, behind, silent, unknown), whether it is drained, what it has applied, and sites whose newest version it did not take.",
    "",
    "drain ID: routers send it no new users · undrain ID · revoke ID: its credential is worth nothing from then on; it serves what it has, and its id is free.",
  ].join("\n"),
  flags: { ...CONTROL_FLAGS },
  positionals: { usage: "list | drain ID | undrain ID | revoke ID", min: 1, max: 2 },
  examples: ["nodes list", "nodes drain fra", "nodes revoke fra"],
  run: async ({ flags, positionals: [verb = "", id], json }) => {
    if (!VERBS.some((one) => one === verb))
      throw new UsageError(`"${verb}" is not known; write one of: ${VERBS.join(", ")}`);
    const ask = controlClient(flags);
    if (verb === "list") {
      const nodes = await asked(ask, { path: "/v1/edges" });
      print(json, nodes, () => nodesText(nodes));
      return 0;
    }
    if (id === undefined) throw new UsageError(`${verb} needs the ID of a node; antipode nodes list shows them`);
    const answer = await asked(ask, { method: "POST", path: `/v1/edges/${encodeURIComponent(id)}/${verb}` });
    print(json, answer, () => `${DONE[verb]?.(id)}, at ${textMember(answer, "position")}\n`);
    return 0;
  },
});

const DONE: Readonly<Record<string, (id: string) => string>> = {
  drain: (id) => `${id} gets no new users`,
  undrain: (id) => `${id} gets new users again`,
  revoke: (id) => `${id} is revoked`,
};

/** The nodes for people. */
export function nodesText(answer: Members): string {
  const nodes = [...listOf(answer, "edges"), ...listOf(answer, "routers")];
  const head = `the ledger is at ${textMember(answer, "position")}\n`;
  if (nodes.length === 0) return `${head}no node has joined; antipode edge --control URL --join TOKEN does\n`;
  const rows = nodes.map((node) => [
    ...[node.id, node.role, node.draining === true ? `${node.state}, draining` : node.state, node.region ?? "-"].map(
      String,
    ),
    typeof node.position === "string" ? node.position.slice(node.position.indexOf(":") + 1) : "-",
    moment(node.heardAtMs),
  ]);
  const refused = nodes.flatMap(({ id, refusedSites }) =>
    isMembers(refusedSites)
      ? Object.entries(refusedSites).map(
          ([site, reason]) => `${id} did not take the newest version of ${site}: ${reason}\n`,
        )
      : [],
  );
  return head + table([["NODE", "ROLE", "STATE", "REGION", "AT", "HEARD"], ...rows]) + refused.join("");
}
