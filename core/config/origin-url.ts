/** The URL of an origin server, read strictly: scheme, host, port and nothing else. */
import { normalAuthority } from "../http/authority.ts";
import { parseAddress } from "../net/address.ts";
import { classOf } from "../net/address-class.ts";
import { privateNameKind } from "../net/private-names.ts";
import type { Target } from "../ports.ts";
import { shown } from "./problems.ts";
import type { TextProblem } from "./shapes/shape.ts";

/** Where to connect, or what is wrong with the text. */
export type OriginUrl =
  | { readonly kind: "origin"; readonly target: Target }
  | { readonly kind: "problem"; readonly problem: Exclude<TextProblem, undefined> };

const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\]*)(.*)$/is;

/** Reads `https://origin.example.com`, `http://10.0.0.1:3000` or `http://[2001:db8::1]`. */
export function parseOriginUrl(text: string): OriginUrl {
  const parts = URL_PARTS.exec(text);
  const [, written = "", authority = "", rest = ""] = parts ?? [];
  if (parts === null) return noUrl(text);
  const scheme = written.toLowerCase();
  if (scheme !== "http" && scheme !== "https") {
    return problem(`expected a URL with http:// or https://, found ${shown(text)}`);
  }
  if (authority.includes("@")) {
    return problem("the URL carries a user name or password", "write it without; send credentials with requestHeaders");
  }
  if (authority === "") return problem(`the URL ${shown(text)} has no host`);
  if (rest !== "" && rest !== "/") {
    const hint = "write only scheme, host and port; a rule with rewrite puts a path in front";
    return problem(`an origin has no path, query or fragment, found ${shown(rest)}`, hint);
  }
  const normal = normalAuthority(authority, scheme);
  if (normal === undefined) return badAuthority(authority);
  return { kind: "origin", target: targetOf(scheme, normal) };
}

/** Why a target may only be used where private origins are allowed; undefined when it may be used anywhere. */
export function privateKind(target: Target): string | undefined {
  const address = parseAddress(target.host);
  if (address === undefined) return privateNameKind(target.host);
  const kind = classOf(address);
  return kind === "public" ? undefined : `${kind === "unspecified" ? "an" : "a"} ${kind} address`;
}

/** Host and port as Host wants them: the default port is left out. */
export function authorityOf(target: Target): string {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.port === (target.scheme === "https" ? 443 : 80) ? host : `${host}:${target.port}`;
}

function targetOf(scheme: "http" | "https", authority: string): Target {
  const port = /:(\d+)$/.exec(authority.startsWith("[") ? authority.slice(authority.indexOf("]")) : authority);
  const host = port === null ? authority : authority.slice(0, -port[0].length);
  return {
    scheme,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: port === null ? (scheme === "https" ? 443 : 80) : Number(port[1]),
  };
}

function noUrl(text: string): OriginUrl {
  const guess = normalAuthority(text, "https") === undefined ? undefined : `write https://${text} or http://${text}`;
  return problem(`expected a URL such as https://origin.example.com, found ${shown(text)}`, guess);
}

function badAuthority(authority: string): OriginUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
  if (/[^\x00-\x7f]/.test(authority)) {
    return problem(`the host ${shown(authority)} is not ASCII`, "write it in its xn-- form (RFC 5891)");
  }
  return problem(`${shown(authority)} is not a host name or address with an optional port`);
}

function problem(message: string, hint?: string): OriginUrl {
  return { kind: "problem", problem: hint === undefined ? { message } : { message, hint } };
}
