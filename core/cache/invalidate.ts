/** Which stored responses an unsafe request makes invalid (RFC 9111 §4.4). */
import { normalAuthority } from "../http/authority.ts";
import { fieldValues, type RequestHead, type ResponseHead } from "../http/fields.ts";
import { isSafeMethod } from "../http/methods.ts";

/** Targets of the request's own origin that a successful unsafe request invalidates: its own, Location, Content-Location. */
export function invalidatedTargets(request: RequestHead, response: ResponseHead): readonly string[] {
  if (isSafeMethod(request.method) || response.status < 200 || response.status >= 400) return [];
  const targets = new Set([request.target]);
  for (const name of ["location", "content-location"]) {
    for (const reference of fieldValues(response.fields, name)) {
      const target = sameOriginTarget(reference, request);
      if (target !== undefined) targets.add(target);
    }
  }
  return [...targets];
}

const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/** The target of a reference, if it lies on the request's own scheme and authority (FAULTS C23). */
function sameOriginTarget(reference: string, request: RequestHead): string | undefined {
  const text = reference.split("#", 1)[0] ?? "";
  const absolute = ABSOLUTE.exec(text);
  if (absolute !== null) {
    const [, scheme = "", authority = "", rest = ""] = absolute;
    if (scheme.toLowerCase() !== request.scheme) return undefined;
    if (normalAuthority(authority, request.scheme) !== request.authority) return undefined;
    return removeDotSegments(rest.startsWith("/") ? rest : `/${rest}`);
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith("//")) return undefined;
  if (text.startsWith("/")) return removeDotSegments(text);
  if (text === "") return request.target;
  const path = request.target.split("?", 1)[0] ?? "/";
  if (text.startsWith("?")) return path + text;
  return removeDotSegments(path.slice(0, path.lastIndexOf("/") + 1) + text);
}

/** RFC 3986 §5.2.4, on the path only. */
function removeDotSegments(target: string): string {
  const queryAt = target.indexOf("?");
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  if (!path.includes("/.")) return target;
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    if (last && (segment === "." || segment === "..")) kept.push("");
  });
  return `/${kept.join("/")}${queryAt < 0 ? "" : target.slice(queryAt)}`;
}
