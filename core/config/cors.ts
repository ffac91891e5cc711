/** The CORS protocol (Fetch standard, "CORS protocol") as a rule asks for it. */
import {
  combinedValue,
  type FieldLine,
  type Fields,
  fieldValue,
  hasField,
  type RequestHead,
  splitList,
} from "../http/fields.ts";
import type { CorsAction } from "./policy.ts";

const ALLOW_ORIGIN = "access-control-allow-origin";
const ALLOW_CREDENTIALS = "access-control-allow-credentials";
const EXPOSE = "access-control-expose-headers";
const OURS: ReadonlySet<string> = new Set([ALLOW_ORIGIN, ALLOW_CREDENTIALS, EXPOSE]);

/** Whether a request asks for permission rather than for something. */
export function isPreflight(request: RequestHead): boolean {
  return (
    request.method === "OPTIONS" &&
    hasField(request.fields, "origin") &&
    hasField(request.fields, "access-control-request-method")
  );
}

/** The fields of the answer (204) to a preflight. An origin that may not read gets no permission, and no error. */
export function preflightFields(cors: CorsAction, request: RequestHead): Fields {
  const permission = permissionFields(cors, request);
  const vary: FieldLine = ["vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"];
  if (permission.length === 0) return [vary];
  const asked = fieldValue(request.fields, "access-control-request-headers");
  const headers = cors.headers ?? (asked === undefined ? [] : splitList(asked).filter((name) => TOKEN.test(name)));
  const fields: FieldLine[] = [...permission, ["access-control-allow-methods", cors.methods.join(", ")]];
  if (headers.length > 0) fields.push(["access-control-allow-headers", headers.join(", ")]);
  fields.push(["access-control-max-age", String(cors.maxAgeSeconds)], vary);
  return fields;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The fields of an answer with the permission of the rule instead of the origin's own. */
export function corsFields(fields: Fields, cors: CorsAction, request: RequestHead): Fields {
  const kept: FieldLine[] = fields.filter(([name]) => !OURS.has(name));
  const permission = permissionFields(cors, request);
  kept.push(...permission);
  if (permission.length > 0 && cors.exposeHeaders.length > 0) kept.push([EXPOSE, cors.exposeHeaders.join(", ")]);
  return cors.origins === undefined ? kept : withVaryOrigin(kept);
}

function permissionFields(cors: CorsAction, request: RequestHead): readonly FieldLine[] {
  const origin = fieldValue(request.fields, "origin");
  if (cors.origins === undefined) return [[ALLOW_ORIGIN, "*"]];
  if (origin === undefined || !cors.origins.matches(origin)) return [];
  const allowed: FieldLine = [ALLOW_ORIGIN, origin];
  return cors.credentials ? [allowed, [ALLOW_CREDENTIALS, "true"]] : [allowed];
}

/** The answer depends on Origin even when it was absent, so that other caches keep the answers apart. */
function withVaryOrigin(fields: readonly FieldLine[]): Fields {
  const vary = combinedValue(fields, "vary");
  const members = vary === undefined ? [] : splitList(vary);
  if (members.some((member) => member === "*" || member.toLowerCase() === "origin")) return fields;
  return [...fields, ["vary", "Origin"]];
}
