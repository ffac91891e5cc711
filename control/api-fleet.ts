/** The nodes: heartbeat, list, drain, undrain, revoke. */
import { readHead } from "../core/ledger/chain.ts";
import type { Draft } from "../core/ledger/entry.ts";
import { positionText } from "../core/ledger/position.ts";
import { isMembers, type Members } from "../core/ledger/read-json.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest, noSuch } from "./problem.ts";
import type { Principal } from "./secrets.ts";

/** The routes. */
export const fleetRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/edges", (context) =>
    as(context, parts, ["read", "edge"], () => {
      const nodes = parts.fleet.view(parts.ledger.snapshot, parts.clock.nowMs());
      return context.json({
        position: positionText(parts.ledger.head),
        edges: nodes.filter(({ role }) => role === "edge"),
        routers: nodes.filter(({ role }) => role === "router"),
      });
    }),
  );
  app.post("/v1/heartbeat", (context) =>
    as(context, parts, ["edge"], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      return "problem" in body ? body : await heartbeat(parts, principal, isMembers(body.value) ? body.value : {});
    }),
  );
  for (const verb of ["drain", "undrain", "revoke"] as const) {
    app.post(`/v1/edges/:id/${verb}`, (context) =>
      as(context, parts, ["admin"], (principal) =>
        changeMember(parts, principal, { kind: verb, id: context.req.param("id") }),
      ),
    );
  }
};

async function heartbeat(parts: ApiParts, principal: Principal, body: Members): Promise<Answer> {
  const { ledger, fleet, clock, receipts } = parts;
  const id = principal.id.replace(/^node:/, "");
  if (!ledger.snapshot.members.has(id))
    return { problem: { status: 403, title: "Not a node", detail: "only a node that has joined sends heartbeats" } };
  const heard = fleet.hear(id, body, { atMs: clock.nowMs(), head: ledger.head });
  if (heard.kind === "wrong") return { problem: badRequest("position", heard.message) };
  if (heard.position !== undefined) receipts.heard(id, heard.position, clock.nowMs());
  await lookForLoss(parts, id, body.head);
  return Response.json({ head: ledger.signedHead() });
}

/** A head that our key signed and our log does not have: we are an old copy of ourselves. */
async function lookForLoss({ ledger, vouchesFor, say }: ApiParts, id: string, proof: unknown): Promise<void> {
  const theirs = readHead(proof);
  if (theirs === undefined || (await ledger.judge(theirs)) !== "not-ours") return;
  // Of an epoch before ours: that it was lost is known, and everything stored in it is stale already.
  if (theirs.epoch < ledger.head.epoch || !vouchesFor(proof)) return;
  await ledger.beginAfterLoss(theirs.epoch);
  say(
    `the node ${id} has seen ${positionText(theirs)}, which this ledger has lost: it was rolled back. The epoch ${ledger.head.epoch} begins, in which everything stored before is stale; what was written after the backup has to be written again`,
  );
}

interface MemberChange {
  readonly kind: "drain" | "undrain" | "revoke";
  readonly id: string;
}

async function changeMember(
  { ledger, clock }: ApiParts,
  principal: Principal,
  { kind, id }: MemberChange,
): Promise<Answer> {
  const draft: Draft = { at: clock.nowMs(), author: principal.id, kind, payload: { id } };
  const written = await ledger.write<ApiProblem>((snapshot: Snapshot) =>
    snapshot.members.has(id) ? { kind: "write", drafts: [draft] } : { kind: "refuse", refusal: noSuch("node", id) },
  );
  return written.kind === "refused"
    ? { problem: written.refusal }
    : Response.json({ id, position: positionText(written.position) });
}
