/** Questions to the nodes and their answers. */
import { isMembers, type Members, numberMember, textMember, textsMember } from "../core/ledger/read-json.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { badRequest } from "./problem.ts";

const WAIT_DEFAULT_MS = 1_000;
const WAIT_MAX_MS = 10_000;
/** What may be asked; a node that does not know a kind stays silent. */
const KINDS = ["status", "why"];

/** The routes. */
export const askRoutes: AddRoutes = (app, parts) => {
  app.post("/v1/asks", (context) =>
    as(context, parts, ["read"], async () => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      return "problem" in body ? body : await ask(parts, isMembers(body.value) ? body.value : {});
    }),
  );
  app.post("/v1/answers/:id", (context) =>
    as(context, parts, ["edge"], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      if ("problem" in body) return body;
      const isTaken = parts.asks.answered(context.req.param("id"), principal.id.replace(/^node:/, ""), body.value);
      if (isTaken) return context.json({});
      return { problem: { status: 404, title: "Not asked", detail: "nobody waits for this answer of this node" } };
    }),
  );
};

async function ask({ asks, ledger }: ApiParts, body: Members): Promise<Answer> {
  const kind = textMember(body, "kind") ?? "status";
  if (!KINDS.includes(kind))
    return { problem: badRequest("kind", `"${kind}" is no question`, `write ${KINDS.join(" or ")}`) };
  const waitMs = numberMember(body, "waitMs") ?? WAIT_DEFAULT_MS;
  if (waitMs < 1 || waitMs > WAIT_MAX_MS) return { problem: badRequest("waitMs", `expected 1 to ${WAIT_MAX_MS}`) };
  const { members } = ledger.snapshot;
  const nodes = textsMember(body, "nodes") ?? [...members.keys()];
  const stranger = nodes.find((id) => !members.has(id));
  if (stranger !== undefined) return { problem: badRequest("nodes", `there is no node ${stranger}`) };
  const answers = await asks.ask(nodes, { kind, about: body.about, waitMs });
  if (answers === undefined)
    return {
      problem: {
        status: 503,
        title: "Too many questions",
        detail: "others ask just now",
        headers: { "Retry-After": "1" },
      },
    };
  const answered = new Set(answers.map(({ id }) => id));
  return Response.json({ answers, silent: nodes.filter((id) => !answered.has(id)) });
}
