/** How a node becomes one of ours: it enrols with the join token, changes its credential with the old one, gets certificates. */
import type { Json } from "../core/ledger/canonical-json.ts";
import { positionText } from "../core/ledger/position.ts";
import { isMembers, type Members, textMember, textsMember } from "../core/ledger/read-json.ts";
import type { Member, Snapshot } from "../core/ledger/snapshot.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest } from "./problem.ts";
import { isId, mintSecret, type Principal } from "./secrets.ts";

/** Nodes of one fleet. */
const MEMBERS_MAX = 2_000;
const ADVERTISED_MAX = 16;
const ADVERTISED_MAX_CHARACTERS = 300;
const REGION = /^[\w .-]{1,64}$/;
const HASH = /^[0-9a-f]{64}$/;
const BASE64_MAX_CHARACTERS = 1_000;

/** The routes. */
export const enrolRoutes: AddRoutes = (app, parts) => {
  app.post("/v1/enrol", (context) =>
    as(context, parts, ["join", "edge"], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      return "problem" in body ? body : await enrol(parts, principal, isMembers(body.value) ? body.value : {});
    }),
  );
  app.post("/v1/certificates", (context) =>
    as(context, parts, ["edge"], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      return "problem" in body ? body : certify(parts, principal, isMembers(body.value) ? body.value : {});
    }),
  );
};

/** What a node says of itself. */
type Facts = Pick<Member, "id" | "role" | "at" | "region" | "advertise">;

async function enrol(parts: ApiParts, principal: Principal, body: Members): Promise<Answer> {
  const facts = factsOf(body);
  if (!("id" in facts)) return { problem: facts };
  const given = textMember(body, "credentialHash");
  if (given !== undefined && !HASH.test(given))
    return { problem: badRequest("credentialHash", "expected SHA-256 in hexadecimal, 64 characters") };
  const minted = given === undefined && principal.scopes.includes("join") ? mintSecret("apn", facts.id) : undefined;
  const hash = given ?? minted?.hash;
  const at = parts.clock.nowMs();
  let isNews = true;
  const written = await parts.ledger.write<ApiProblem>((snapshot) => {
    const refusal = refusalOf(snapshot, principal, facts, hash);
    if (refusal !== undefined) return { kind: "refuse", refusal };
    const present = snapshot.members.get(facts.id);
    const isOwner = principal.id === `node:${facts.id}`;
    const payload: Json = { ...facts, credentialHash: hash ?? present?.credentialHash ?? "" };
    // The same question once more: its answer was lost. The join token alone changes nothing of a node that is there.
    isNews = present === undefined || (isOwner && !isSame(present, payload));
    return { kind: "write", drafts: isNews ? [{ at, author: principal.id, kind: "enrol", payload }] : [] };
  });
  if (written.kind === "refused") return { problem: written.refusal };
  const answer = {
    id: facts.id,
    position: positionText(written.position),
    ...(minted && { credential: minted.token }),
  };
  return Response.json(answer, { status: isNews ? 201 : 200 });
}

/** Who may enrol whom: the join token a new id, a node itself alone. */
function refusalOf(
  { members }: Snapshot,
  principal: Principal,
  { id, role }: Facts,
  hash: string | undefined,
): ApiProblem | undefined {
  const present = members.get(id);
  if (principal.id === `node:${id}`) {
    return present?.role === role ? undefined : badRequest("role", `${id} is the ${present?.role} of this fleet`);
  }
  if (!principal.scopes.includes("join")) {
    const detail = `${id} is another node; to enrol it needs the scope join, the token of join.token`;
    return { status: 403, title: "Not allowed", detail };
  }
  if (present !== undefined && present.credentialHash !== hash) {
    const detail = `there is a node ${id} already, and this is not its credential; choose another id, or let an admin revoke it first (antipode nodes revoke ${id})`;
    return { status: 409, title: "The id is taken", detail };
  }
  if (present === undefined && members.size >= MEMBERS_MAX) {
    return { status: 409, title: "The fleet is full", detail: `there may be ${MEMBERS_MAX} nodes; revoke one` };
  }
  return undefined;
}

function isSame({ enrolled: _, ...present }: Member, payload: Json): boolean {
  const facts = isMembers(payload) ? payload : {};
  const names = new Set([...Object.keys(present), ...Object.keys(facts)]);
  const before: Members = { ...present };
  return [...names].every((name) => JSON.stringify(before[name]) === JSON.stringify(facts[name]));
}

function factsOf(body: Members): (Facts & { readonly [key: string]: Json }) | ApiProblem {
  const id = textMember(body, "id") ?? "";
  const role = textMember(body, "role") ?? "edge";
  if (!isId(id)) return badRequest("id", `"${id}" is no name of a node`, "use letters, digits, dots and hyphens");
  if (role !== "edge" && role !== "router") return badRequest("role", `"${role}" is no role`, "write edge or router");
  const region = textMember(body, "region");
  if (region !== undefined && !REGION.test(region))
    return badRequest("region", "expected 1 to 64 letters, digits, spaces, dots and hyphens");
  const advertise = textsMember(body, "advertise");
  if ((advertise?.length ?? 0) > ADVERTISED_MAX) return badRequest("advertise", `${ADVERTISED_MAX} at most`);
  if (advertise?.some((one) => one.length > ADVERTISED_MAX_CHARACTERS) === true)
    return badRequest("advertise", `${ADVERTISED_MAX_CHARACTERS} characters each at most`);
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

function certify({ ledger, authority, clock, settings }: ApiParts, principal: Principal, body: Members): Answer {
  const member = ledger.snapshot.members.get(principal.id.replace(/^node:/, ""));
  if (member === undefined || principal.id !== `node:${member.id}`)
    return { problem: { status: 403, title: "Not a node", detail: "only a node that has joined gets a certificate" } };
  const [publicKey = "", proof = ""] = ["publicKey", "proof"].map((name) => textMember(body, name));
  if (publicKey.length > BASE64_MAX_CHARACTERS || proof.length > BASE64_MAX_CHARACTERS)
    return { problem: badRequest("publicKey", "it is too long for a P-256 key") };
  const issued = authority.issue({
    ...{ id: member.id, role: member.role, publicKey, proof, nowMs: clock.nowMs() },
    lifetimeMs: settings.certificateLifetimeSeconds * 1000,
  });
  if (issued === undefined) {
    const hint = 'sign "antipode certificate 1\\nID\\nKEY" with ECDSA and SHA-256, in base64';
    return { problem: badRequest("proof", "the proof is not by this key, or the key is no P-256 key", hint) };
  }
  return Response.json(issued, { status: 201 });
}
