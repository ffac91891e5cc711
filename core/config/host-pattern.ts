/** The host names of a site: exact ones, `*.example.com` for all below one, `*` for whatever is left. */
import { normalAuthority } from "../http/authority.ts";
import { shown } from "./problems.ts";
import type { TextProblem } from "./shapes/shape.ts";

/** A pattern in normal form. */
export type HostPattern =
  /** With or without a port; without one it holds for every port. */
  | { readonly kind: "exact"; readonly authority: string }
  /** `.example.com` for `*.example.com`: names below it, however deep. */
  | { readonly kind: "below"; readonly suffix: string }
  | { readonly kind: "any" };

/** Reads a pattern; undefined when `hostPatternProblem` finds something wrong with it. */
export function parseHostPattern(text: string): HostPattern | undefined {
  if (text === "*") return { kind: "any" };
  const wild = text.startsWith("*.");
  const name = wild ? text.slice(2) : text;
  // A default port says nothing: requests come without it.
  const authority = /[*/@]/.test(name) ? undefined : normalAuthority(name.replace(/:80$/, ""), "https");
  if (authority === undefined) return undefined;
  if (!wild) return { kind: "exact", authority };
  return /^\[|:|^[\d.]+$/.test(authority) ? undefined : { kind: "below", suffix: `.${authority}` };
}

/** What is wrong with a pattern. */
export function hostPatternProblem(text: string): TextProblem {
  if (parseHostPattern(text) !== undefined) return undefined;
  const url = /^[a-z]+:\/\/([^/?#@]*)/i.exec(text)?.[1];
  if (url !== undefined) return { message: `expected a host name, found the URL ${shown(text)}`, hint: `write ${url}` };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
  if (/[^\x00-\x7f]/.test(text)) {
    return { message: `the host name ${shown(text)} is not ASCII`, hint: "write it in its xn-- form (RFC 5891)" };
  }
  if (text.includes("/")) return { message: `expected a host name, found ${shown(text)}`, hint: "leave out the path" };
  if (text.includes("*")) {
    const message = `in ${shown(text)} the wildcard stands in the wrong place`;
    return { message, hint: '"*." may stand before a name without a port; "*" alone is every host' };
  }
  return { message: `expected a host name such as www.example.com, found ${shown(text)}` };
}

/** Two patterns are the same when their keys are. */
export function hostPatternKey(pattern: HostPattern): string {
  switch (pattern.kind) {
    case "exact":
      return pattern.authority;
    case "below":
      return `*${pattern.suffix}`;
    case "any":
      return "*";
  }
}

/** Host without its port. */
export function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(":");
  return colon === -1 || authority.endsWith("]") ? authority : authority.slice(0, colon);
}
