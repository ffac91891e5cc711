/** Tokens of the API: make one, list them, take one back. A token is shown once, when it is made. */
import { positionText } from "../core/ledger/position.ts";
import { isMembers, type Members, textMember, textsMember } from "../core/ledger/read-json.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest, noSuch } from "./problem.ts";
import { isId, mintSecret, type Principal } from "./secrets.ts";

const TOKENS_MAX = 10_000;
const SCOPE = /^(?:admin|edge|read|join|site:[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** The routes. */
export const tokenRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/tokens", (context) =>
    as(context, parts, ["admin"], () =>
      context.json({
        tokens: [...parts.ledger.snapshot.tokens.values()].map(({ id, scopes, name }) => ({ id, scopes, name })),
      }),
    ),
  );
  app.post("/v1/tokens", (context) =>
    as(context, parts, ["admin"], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      return "problem" in body ? body : await makeToken(parts, principal, isMembers(body.value) ? body.value : {});
    }),
  );
  app.post("/v1/tokens/:id/rotate", (context) =>
    as(context, parts, ["admin"], (principal) => rotateToken(parts, principal, context.req.param("id"))),
  );
  app.delete("/v1/tokens/:id", (context) =>
    as(context, parts, ["admin"], (principal) => revokeToken(parts, principal, context.req.param("id"))),
  );
};

/** A new secret for the same token; the old one is worth nothing from then on. */
async function rotateToken({ ledger, clock, tokenMade }: ApiParts, principal: Principal, id: string): Promise<Answer> {
  const { token, hash } = mintSecret("apt", id);
  let scopes: readonly string[] = [];
  const written = await ledger.write<ApiProblem>(({ tokens }) => {
    const present = tokens.get(id);
    if (present === undefined) return { kind: "refuse", refusal: noSuch("token", id) };
    scopes = present.scopes;
    const payload = { id, hash, scopes };
    return { kind: "write", drafts: [{ at: clock.nowMs(), author: principal.id, kind: "token", payload }] };
  });
  if (written.kind === "refused") return { problem: written.refusal };
  const { text, file } = tokenMade(id, token);
  const position = positionText(written.position);
  return Response.json({ id, token: text, scopes, position, ...(file !== undefined && { file }) });
}

async function makeToken({ ledger, clock }: ApiParts, principal: Principal, body: Members): Promise<Answer> {
  const id = textMember(body, "id") ?? "";
  const scopes = textsMember(body, "scopes") ?? [];
  const wrong = scopes.find((scope) => !SCOPE.test(scope));
  if (!isId(id))
    return { problem: badRequest("id", `"${id}" is no name of a token`, "use letters, digits, dots and hyphens") };
  if (scopes.length === 0 || wrong !== undefined) {
    return {
      problem: badRequest(
        "scopes",
        `${wrong === undefined ? "there are none" : `"${wrong}" is no scope`}`,
        "give admin, read, edge, join or site:NAME",
      ),
    };
  }
  const { token, hash } = mintSecret("apt", id);
  const written = await ledger.write<ApiProblem>(({ tokens }) => {
    if (tokens.has(id)) {
      const detail = `there is a token ${id}; POST /v1/tokens/${id}/rotate gives it a new secret`;
      return { kind: "refuse", refusal: { status: 409, title: "The id is taken", detail } };
    }
    if (tokens.size >= TOKENS_MAX)
      return {
        kind: "refuse",
        refusal: { status: 409, title: "Too many tokens", detail: `there may be ${TOKENS_MAX}` },
      };
    return {
      kind: "write",
      drafts: [{ at: clock.nowMs(), author: principal.id, kind: "token", payload: { id, hash, scopes } }],
    };
  });
  if (written.kind === "refused") return { problem: written.refusal };
  return Response.json({ id, token, scopes, position: positionText(written.position) }, { status: 201 });
}

async function revokeToken({ ledger, clock }: ApiParts, principal: Principal, id: string): Promise<Answer> {
  const written = await ledger.write<ApiProblem>(({ tokens }) =>
    tokens.has(id)
      ? {
          kind: "write",
          drafts: [{ at: clock.nowMs(), author: principal.id, kind: "token", payload: { id, revoked: true } }],
        }
      : { kind: "refuse", refusal: noSuch("token", id) },
  );
  return written.kind === "refused"
    ? { problem: written.refusal }
    : Response.json({ id, position: positionText(written.position) });
}
