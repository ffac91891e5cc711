/** The nodes: enrol with the join token, heartbeat, list, drain, undrain, revoke. */
import type { Json } from "../core/ledger/canonical-json.ts";
import { type Head, readHead } from "../core/ledger/chain.ts";
import type { Draft } from "../core/ledger/entry.ts";
import { positionText } from "../core/ledger/position.ts";
import { isMembers, type Members, textMember, textsMember } from "../core/ledger/read-json.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import type { LedgerService } from "./ledger-service.ts";
import { type ApiProblem, badRequest, notFound } from "./problem.ts";
import { isId, mintSecret, type Principal } from "./secrets.ts";

/** Nodes of one fleet. */
const MEMBERS_MAX = 2_000;
const ADVERTISED_MAX = 16;

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
  app.post("/v1/enrol", (context) =>
    as(context, parts, ["join"], async () => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      return "problem" in body ? body : await enrol(parts, isMembers(body.value) ? body.value : {});
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

async function enrol(parts: ApiParts, body: Members): Promise<Answer> {
  const member = memberOf(body);
  if (!("id" in member)) return { problem: member };
  const secret = mintSecret("apn", member.id);
  const at = parts.clock.nowMs();
  const payload: Json = { ...member, credentialHash: secret.hash };
  const written = await parts.ledger.write<ApiProblem>((snapshot) => {
    if (snapshot.members.size >= MEMBERS_MAX && !snapshot.members.has(member.id)) {
      return {
        kind: "refuse",
        refusal: { status: 409, title: "The fleet is full", detail: `there may be ${MEMBERS_MAX} nodes; revoke one` },
      };
    }
    return { kind: "write", drafts: [{ at, author: "token:join", kind: "enrol", payload }] };
  });
  if (written.kind === "refused") return { problem: written.refusal };
  return Response.json(
    { id: member.id, credential: secret.token, position: positionText(written.position) },
    { status: 201 },
  );
}

function memberOf(
  body: Members,
): { readonly id: string; readonly role: string; readonly [key: string]: Json } | ApiProblem {
  const id = textMember(body, "id") ?? "";
  const role = textMember(body, "role") ?? "edge";
  if (!isId(id)) return badRequest("id", `"${id}" is no name of a node`, "use letters, digits, dots and hyphens");
  if (role !== "edge" && role !== "router") return badRequest("role", `"${role}" is no role`, "write edge or router");
  const region = textMember(body, "region");
  const advertise = textsMember(body, "advertise");
  if ((advertise?.length ?? 0) > ADVERTISED_MAX) return badRequest("advertise", `${ADVERTISED_MAX} at most`);
  const { at } = body;
  if (at !== undefined && !isPlace(at)) return badRequest("at", "expected [latitude, longitude] in degrees");
  return {
    id,
    role,
    ...(region !== undefined && { region }),
    ...(advertise && { advertise }),
    ...(isPlace(at) && { at }),
  };
}

function isPlace(value: unknown): value is readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [latitude, longitude]: readonly unknown[] = value;
  return (
    typeof latitude === "number" &&
    typeof longitude === "number" &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180
  );
}

async function heartbeat(parts: ApiParts, principal: Principal, body: Members): Promise<Answer> {
  const { ledger, fleet, clock } = parts;
  const id = principal.id.replace(/^node:/, "");
  if (!ledger.snapshot.members.has(id))
    return { problem: { status: 403, title: "Not a node", detail: "only a node that has joined sends heartbeats" } };
  const wrong = fleet.hear(id, body, clock.nowMs());
  if (wrong !== undefined) return { problem: badRequest("position", wrong) };
  await lookForLoss(parts, id, body.head);
  return Response.json({ head: ledger.signedHead() });
}

/** A head that our key signed and our log does not have: we are an old copy of ourselves. */
async function lookForLoss({ ledger, vouchesFor, say }: ApiParts, id: string, proof: unknown): Promise<void> {
  const theirs = readHead(proof);
  if (theirs === undefined || (await isOurs(ledger, theirs)) || !vouchesFor(proof)) return;
  await ledger.beginAfterLoss(theirs.epoch);
  say(
    `the node ${id} has seen ${positionText(theirs)}, which this ledger has lost: it was rolled back. The epoch ${ledger.head.epoch} begins, in which everything stored before is stale; what was written after the backup has to be written again`,
  );
}

/** Whether a head is one of our log's, or so old that nobody can tell. */
async function isOurs(ledger: LedgerService, theirs: Head): Promise<boolean> {
  const { head } = ledger;
  if (theirs.epoch !== head.epoch) return theirs.epoch < head.epoch;
  if (theirs.seq >= head.seq) return theirs.seq === head.seq && theirs.hash === head.hash;
  const read = theirs.seq === 0 ? undefined : await ledger.read({ epoch: theirs.epoch, seq: theirs.seq - 1 });
  const same = read?.kind === "entries" ? read.entries[0] : undefined;
  return same === undefined || same.hash === theirs.hash;
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
    snapshot.members.has(id)
      ? { kind: "write", drafts: [draft] }
      : { kind: "refuse", refusal: notFound(`the node ${id}`) },
  );
  return written.kind === "refused"
    ? { problem: written.refusal }
    : Response.json({ id, position: positionText(written.position) });
}
