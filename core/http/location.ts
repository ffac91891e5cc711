/** Redirects that name the origin itself, turned so that they stay on the CDN (as nginx's proxy_redirect does). */
import type { Target } from "../ports.ts";
import type { Fields } from "./fields.ts";

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** The response's fields with a Location on `origin` made relative; other locations are left alone. */
export function withPublicLocation(fields: Fields, origin: Target): Fields {
  if (!fields.some(([name]) => name === "location")) return fields;
  const bases = originBases(origin);
  return fields.map(([name, value]) => {
    if (name !== "location") return [name, value];
    const base = bases.find((candidate) => value.toLowerCase().startsWith(candidate));
    const rest = base === undefined ? undefined : value.slice(base.length);
    if (rest === undefined) return [name, value];
    if (rest === "") return [name, "/"];
    // "//" at the start of a relative reference would be read as another host.
    return /^\/(?!\/)|^[?#]/.test(rest) ? [name, rest.startsWith("/") ? rest : `/${rest}`] : [name, value];
  });
}

function originBases(origin: Target): readonly string[] {
  const host = origin.host.includes(":") ? `[${origin.host}]` : origin.host;
  const withPort = `${origin.scheme}://${host.toLowerCase()}:${origin.port}`;
  return origin.port === DEFAULT_PORTS[origin.scheme]
    ? [withPort, `${origin.scheme}://${host.toLowerCase()}`]
    : [withPort];
}

/** The authority of a target as it stands in Host: no default port, brackets around IPv6. */
export function authorityOf(target: Target): string {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.port === DEFAULT_PORTS[target.scheme] ? host : `${host}:${target.port}`;
}
