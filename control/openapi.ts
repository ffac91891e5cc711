/** The API described for machines: OpenAPI 3.1 at `/v1/openapi.json`. */

interface Operation {
  readonly path: string;
  readonly method: "get" | "put" | "post" | "patch" | "delete";
  readonly summary: string;
  readonly scopes: readonly string[];
  /** What the body is; absent: none. */
  readonly body?: string;
  /** Query parameters. */
  readonly query?: readonly string[];
}

/** Every operation; a test holds the routes against it. */
export const OPERATIONS: readonly Operation[] = [
  { path: "/v1/sites", method: "get", summary: "The sites and their versions", scopes: ["read"] },
  {
    path: "/v1/sites/{name}",
    method: "get",
    summary: "One site with its config; its ETag is its version",
    scopes: ["read", "site:NAME"],
  },
  {
    path: "/v1/sites/{name}",
    method: "put",
    summary: "A new version of a site; If-Match guards against other writers",
    scopes: ["site:NAME"],
    body: "The config of the site, as under sites.NAME of a config file",
  },
  { path: "/v1/sites/{name}", method: "delete", summary: "Removes a site; its history stays", scopes: ["site:NAME"] },
  {
    path: "/v1/sites/{name}/history",
    method: "get",
    summary: "The versions of a site, newest first",
    scopes: ["read", "site:NAME"],
  },
  {
    path: "/v1/sites/{name}/rollback",
    method: "post",
    summary: "Makes an earlier version the newest again",
    scopes: ["site:NAME"],
    body: "{version?}: the version to return to; by default the one before",
  },
  {
    path: "/v1/purge",
    method: "post",
    summary: "Purges by URL, tag, prefix, host or all of a site",
    scopes: ["site:NAME"],
    body: "{site, urls | tags | prefixes | hosts | all, soft?, settleSeconds?, at?, dryRun?, waitMs?}; the header Idempotency-Key makes it safe to send again",
  },
  {
    path: "/v1/purges",
    method: "get",
    summary: "The purges of a site or of all, newest first, with their receipts",
    scopes: ["read", "site:NAME"],
    query: ["site", "before", "limit"],
  },
  {
    path: "/v1/purges/scheduled",
    method: "get",
    summary: "The purges that are to come",
    scopes: ["read", "site:NAME"],
    query: ["site"],
  },
  {
    path: "/v1/purges/scheduled/{id}",
    method: "delete",
    summary: "Calls a purge off that is to come",
    scopes: ["site:NAME"],
  },
  {
    path: "/v1/purges/{position}",
    method: "get",
    summary: "The receipt of a purge: which edge has applied it",
    scopes: ["read", "site:NAME"],
  },
  {
    path: "/v1/settings",
    method: "get",
    summary: "The fleet's settings, and what of them was changed",
    scopes: ["read"],
  },
  {
    path: "/v1/settings",
    method: "patch",
    summary: "Changes settings of the fleet, each by itself; null is the default",
    scopes: ["admin"],
    body: "{NAME: number | null}",
  },
  {
    path: "/v1/route",
    method: "get",
    summary: "Which edge a client address is sent to, and why: every edge with its estimate and verdict",
    scopes: ["read"],
    query: ["ip", "host"],
  },
  {
    path: "/v1/why",
    method: "get",
    summary: "Why a URL is answered as it is, as each edge says it: key, what is stored, purges, what comes next",
    scopes: ["read"],
    query: ["url", "from", "method", "header"],
  },
  {
    path: "/v1/feed",
    method: "get",
    summary: "The ledger as server-sent events: snapshot, entry, head, and fleet and ask which are no entries",
    scopes: ["edge", "read"],
    query: ["after", "hash", "fleet"],
  },
  {
    path: "/v1/asks",
    method: "post",
    summary: "Asks nodes something now, and waits for their answers",
    scopes: ["read"],
    body: "{kind: status | why, nodes?, about?, waitMs?}",
  },
  {
    path: "/v1/answers/{id}",
    method: "post",
    summary: "A node answers a question of the feed",
    scopes: ["edge"],
    body: "Whatever the question asks for",
  },
  {
    path: "/v1/enrol",
    method: "post",
    summary: "A node joins; with its own credential it changes what it said, and its credential",
    scopes: ["join", "edge"],
    body: "{id, role?, at?, region?, advertise?, credentialHash?}",
  },
  {
    path: "/v1/certificates",
    method: "post",
    summary: "A short-lived certificate for a node, signed by the fleet's authority",
    scopes: ["edge"],
    body: "{publicKey, proof}",
  },
  {
    path: "/v1/heartbeat",
    method: "post",
    summary: "A node says what it has applied",
    scopes: ["edge"],
    body: "{position, head?, version?, refusedSites?, servedVersions?, load?, draining?}",
  },
  { path: "/v1/edges", method: "get", summary: "The nodes and how they stand to the ledger", scopes: ["read", "edge"] },
  { path: "/v1/edges/{id}/drain", method: "post", summary: "No new users for this node", scopes: ["admin"] },
  { path: "/v1/edges/{id}/undrain", method: "post", summary: "New users again", scopes: ["admin"] },
  {
    path: "/v1/edges/{id}/revoke",
    method: "post",
    summary: "The node's credential is worth nothing from now on",
    scopes: ["admin"],
  },
  { path: "/v1/tokens", method: "get", summary: "The tokens, without their secrets", scopes: ["admin"] },
  {
    path: "/v1/tokens",
    method: "post",
    summary: "Makes a token; it is shown this once",
    scopes: ["admin"],
    body: "{id, scopes}",
  },
  {
    path: "/v1/tokens/{id}/rotate",
    method: "post",
    summary: "A new secret for a token; the old one is worth nothing from then on",
    scopes: ["admin"],
  },
  {
    path: "/v1/audit",
    method: "get",
    summary: "The entries of the ledger, the newest first",
    scopes: ["read"],
    query: ["before", "limit"],
  },
  { path: "/v1/tokens/{id}", method: "delete", summary: "Takes a token back", scopes: ["admin"] },
];

/** The document. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationOf(operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Antipode control", version },
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        Problem: {
          type: "object",
          required: ["status", "title", "detail"],
          properties: {
            status: { type: "integer" },
            title: { type: "string" },
            detail: { type: "string" },
            problems: {
              type: "array",
              items: {
                type: "object",
                properties: { path: { type: "string" }, message: { type: "string" }, hint: { type: "string" } },
              },
            },
          },
        },
      },
    },
    security: [{ token: [] }],
  };
}

function operationOf({ path, summary, scopes, body, query = [] }: Operation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = query.map((name) => ({ name, in: "query", schema: { type: "string" } }));
  const problem = {
    description: "A problem (RFC 9457)",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return {
    summary,
    description: `Needs the scope ${scopes.join(" or ")}; admin may do all but enrol.`,
    parameters: [...inPath, ...inQuery],
    ...(body !== undefined && {
      requestBody: { description: body, content: { "application/json": { schema: { type: "object" } } } },
    }),
    responses: { "2XX": { description: "Done" }, "4XX": problem, "5XX": problem },
  };
}
