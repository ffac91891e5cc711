/** The sites of the ledger: put, list, show, history, roll back, remove. */
import { compileConfig } from "../core/config/compile-config.ts";
import { keyPath, type Problem } from "../core/config/problems.ts";
import { reservedChanges } from "../core/config/reserved-keys.ts";
import { isJson, type Json } from "../core/ledger/canonical-json.ts";
import type { SealedEntry } from "../core/ledger/chain.ts";
import { type Position, parsePosition, positionText } from "../core/ledger/position.ts";
import { isMembers, textMember } from "../core/ledger/read-json.ts";
import type { SiteVersion, Snapshot } from "../core/ledger/snapshot.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest, noSuch, notFound } from "./problem.ts";
import { isId, type Principal } from "./secrets.ts";

/** Sites of one control. */
const SITES_MAX = 10_000;
/** Versions shown at once. */
const HISTORY_MAX = 100;

/** Of a script whose file was empty: it would remove the site. */
const NULL_CONFIG = badRequest("", "null is no config", "send the config; DELETE removes the site");

/** The routes. */
export const siteRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/sites", (context) =>
    as(context, parts, ["read"], () => {
      const sites = [...parts.ledger.snapshot.sites].map(([name, version]) => summaryOf(name, version));
      return context.json({ position: positionText(parts.ledger.head), sites });
    }),
  );
  app.get("/v1/sites/:name", (context) => {
    const { name } = context.req.param();
    return as(context, parts, ["read", `site:${name}`], () => {
      const site = parts.ledger.snapshot.sites.get(name);
      if (site === undefined) return { problem: noSuch("site", name) };
      return context.json({ ...summaryOf(name, site), config: site.config }, 200, { ETag: etagOf(site.version) });
    });
  });
  app.put("/v1/sites/:name", (context) => {
    const { name } = context.req.param();
    return as(context, parts, [`site:${name}`], async (principal) => {
      if (!isId(name))
        return {
          problem: badRequest("name", `"${name}" is no name of a site`, "use letters, digits, dots and hyphens"),
        };
      const body = await jsonBody(context, parts.settings.siteConfigMaxBytes);
      if ("problem" in body) return body;
      if (body.value === null) return { problem: NULL_CONFIG };
      if (!isJson(body.value)) return { problem: badRequest("", "the config is nested too deep") };
      return await putSite(parts, principal, { name, config: body.value, condition: conditionOf(context.req.raw) });
    });
  });
  app.delete("/v1/sites/:name", (context) => {
    const { name } = context.req.param();
    const condition = conditionOf(context.req.raw);
    return as(context, parts, [`site:${name}`], (principal) =>
      putSite(parts, principal, { name, config: null, condition }),
    );
  });
  app.get("/v1/sites/:name/history", (context) => {
    const { name } = context.req.param();
    return as(context, parts, ["read", `site:${name}`], async () => {
      const versions = await parts.ledger.history(name, HISTORY_MAX);
      if (versions.length === 0) return { problem: noSuch("site", name) };
      return context.json({ site: name, versions: versions.map(versionOf) });
    });
  });
  app.post("/v1/sites/:name/rollback", (context) => {
    const { name } = context.req.param();
    return as(context, parts, [`site:${name}`], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      if ("problem" in body) return body;
      const found = await versionToReturnTo(
        parts,
        name,
        isMembers(body.value) ? textMember(body.value, "version") : undefined,
      );
      if ("status" in found) return { problem: found };
      return await putSite(parts, principal, { name, config: found.config, condition: conditionOf(context.req.raw) });
    });
  });
};

interface Condition {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

function conditionOf(request: Request): Condition {
  return {
    ifMatch: request.headers.get("if-match") ?? undefined,
    ifNoneMatch: request.headers.get("if-none-match") ?? undefined,
  };
}

interface Put {
  readonly name: string;
  /** Null removes the site. */
  readonly config: Json;
  readonly condition: Condition;
}

async function putSite(parts: ApiParts, principal: Principal, put: Put): Promise<Answer> {
  const { name, config } = put;
  const at = parts.clock.nowMs();
  const written = await parts.ledger.write<ApiProblem>((snapshot) => {
    const refusal = refusalOf(snapshot, put, at) ?? reservedOf(snapshot, put, principal);
    if (refusal !== undefined) return { kind: "refuse", refusal };
    return {
      kind: "write",
      drafts: [{ at, author: principal.id, kind: "site-version", site: name, payload: { config } }],
    };
  });
  if (written.kind === "refused") return { problem: written.refusal };
  const position = positionText(written.position);
  return Response.json({ name, position, version: position }, { headers: { ETag: etagOf(written.position) } });
}

function refusalOf(snapshot: Snapshot, { name, config, condition }: Put, at: number): ApiProblem | undefined {
  const present = snapshot.sites.get(name);
  const failed = failedCondition(present, condition);
  if (failed !== undefined) return failed;
  if (config === null) return present === undefined ? noSuch("site", name) : undefined;
  if (present === undefined && snapshot.sites.size >= SITES_MAX) {
    return { status: 409, title: "Too many sites", detail: `there may be ${SITES_MAX} sites` };
  }
  const problems = siteProblems(snapshot, name, config, at);
  if (problems.length === 0) return undefined;
  return {
    status: 422,
    title: "The config is not good",
    detail: `${problems.length} problems; nothing was changed`,
    problems,
  };
}

/** What only administrators may change. */
function reservedOf(snapshot: Snapshot, { name, config }: Put, { scopes }: Principal): ApiProblem | undefined {
  if (scopes.includes("admin")) return undefined;
  const problems = reservedChanges(snapshot.sites.get(name)?.config, config);
  if (problems.length === 0) return undefined;
  return { status: 403, title: "Not allowed", detail: "this needs the scope admin; nothing was changed", problems };
}

/** What is wrong with one site, also beside the others: a host belongs to one of them. */
function siteProblems(snapshot: Snapshot, name: string, config: Json, appliedAtMs: number): readonly Problem[] {
  const others = [...snapshot.sites]
    .filter(([other]) => other !== name)
    .map(([other, site]) => [other, site.config] as const);
  const compiled = compileConfig({ sites: Object.fromEntries([...others, [name, config]]) }, { appliedAtMs });
  if (compiled.kind === "compiled") return [];
  const place = keyPath("sites", name);
  return compiled.problems.filter(
    ({ path }) => path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`),
  );
}

function failedCondition(
  present: SiteVersion | undefined,
  { ifMatch, ifNoneMatch }: Condition,
): ApiProblem | undefined {
  const etag = present && etagOf(present.version);
  const detail =
    etag === undefined
      ? "the site does not exist"
      : `the site's version is ${etag}, written by ${present?.author} at ${new Date(present?.at ?? 0).toISOString()}, not the one that you changed; look at it and try again`;
  const isMatch =
    ifMatch === undefined || (etag !== undefined && (ifMatch.trim() === "*" || listed(ifMatch).includes(etag)));
  const isNew =
    ifNoneMatch === undefined ||
    etag === undefined ||
    (ifNoneMatch.trim() !== "*" && !listed(ifNoneMatch).includes(etag));
  return isMatch && isNew ? undefined : { status: 412, title: "Somebody was faster", detail };
}

function listed(field: string): readonly string[] {
  return field.split(",").map((one) => one.trim());
}

async function versionToReturnTo(
  parts: ApiParts,
  name: string,
  wanted: string | undefined,
): Promise<{ readonly config: Json } | ApiProblem> {
  const versions = await parts.ledger.history(name, HISTORY_MAX);
  const present = parts.ledger.snapshot.sites.get(name);
  if (wanted !== undefined && parsePosition(wanted) === undefined) {
    return badRequest("version", `"${wanted}" is no version`, "write it as the history shows it: EPOCH:NUMBER");
  }
  const current = present && positionText(present.version);
  const earlier = versions.map(versionOf).filter(({ version, config }) => config !== null && version !== current);
  const found = wanted === undefined ? earlier[0] : earlier.find(({ version }) => version === wanted);
  return (
    found ??
    notFound(
      wanted === undefined ? `an earlier version of ${name}` : `the version ${wanted} of ${name}`,
      `antipode sites history ${name} shows all`,
    )
  );
}

function versionOf({ entry }: SealedEntry): {
  readonly version: string;
  readonly at: number;
  readonly author: string;
  readonly config: Json;
} {
  const { payload, at, author } = entry;
  const config = isMembers(payload) && isJson(payload.config) ? payload.config : null;
  return { version: positionText(entry), at, author, config };
}

function summaryOf(name: string, { version, at, author, config }: SiteVersion) {
  const hosts = isMembers(config) && Array.isArray(config.hosts) ? config.hosts : [];
  return { name, version: positionText(version), at, author, hosts };
}

function etagOf(version: Position): string {
  return `"${positionText(version)}"`;
}
