/** `antipode tokens`: who may use control's API, and for what. */
import { type Members, textMember } from "../core/ledger/read-json.ts";
import { defineCommand, UsageError } from "./args.ts";
import { asked, CONTROL_FLAGS, controlClient, listOf, print, table } from "./control/client.ts";

const VERBS = ["list", "create", "rotate", "revoke"] as const;

/** The command. */
export const command = defineCommand({
  summary: "list, create, rotate and revoke the tokens of control's API",
  help: "create ID --scope S prints a token, this once. Scopes: admin, read, edge, join, site:NAME. rotate ID gives the same token a new secret; rotate join also writes control's join.token anew. revoke ID takes it back at once, on open feeds too.",
  flags: {
    scope: { kind: "list", placeholder: "SCOPE", help: "With create: what it may do; may be repeated." },
    ...CONTROL_FLAGS,
  },
  positionals: { usage: "list | create ID | rotate ID | revoke ID", min: 1, max: 2 },
  examples: ["tokens create shop-owner --scope site:shop", "tokens rotate join", "tokens revoke shop-owner"],
  run: async ({ flags, positionals: [verb = "", id], json }) => {
    if (!VERBS.some((one) => one === verb))
      throw new UsageError(`"${verb}" is not known; write one of: ${VERBS.join(", ")}`);
    const ask = controlClient(flags);
    if (verb === "list") {
      const answer = await asked(ask, { path: "/v1/tokens" });
      print(json, answer, () => tokensText(answer));
      return 0;
    }
    if (id === undefined) throw new UsageError(`${verb} needs the ID of a token`);
    const answer = await asked(ask, questionOf(verb, id, flags.scope));
    const token = textMember(answer, "token");
    print(json, answer, () => (token === undefined ? `${id} is worth nothing from now on\n` : `${token}\n`));
    return 0;
  },
});

function questionOf(verb: string, id: string, scopes: readonly string[] | undefined) {
  const path = `/v1/tokens/${encodeURIComponent(id)}`;
  if (verb === "revoke") return { method: "DELETE", path } as const;
  if (verb === "rotate") return { method: "POST", path: `${path}/rotate` } as const;
  if (scopes === undefined) throw new UsageError("create needs --scope: admin, read, edge, join or site:NAME");
  return { method: "POST", path: "/v1/tokens", body: { id, scopes } } as const;
}

function tokensText(answer: Members): string {
  const rows = listOf(answer, "tokens").map(({ id, scopes }) => [
    String(id),
    Array.isArray(scopes) ? scopes.join(" ") : "",
  ]);
  return table([["TOKEN", "SCOPES"], ...rows]);
}
