/** Where redirects and rewrites lead: a text in which `$1` to `$9` stand for what the wildcards of a path stood for. */
import { normalAuthority } from "../http/authority.ts";
import { globCaptures } from "./glob.ts";
import { parseGlob } from "./glob-parts.ts";
import { shown } from "./problems.ts";
import type { TextProblem } from "./shapes/shape.ts";

const CAPTURE = /\$([1-9])/g;
/** Visible ASCII without what may not stand in a URI (RFC 3986 §2). */
const URI_CHARACTERS = /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*$/;

/** What is wrong with the target of a redirect: a path, or a URL whose host is written out. */
export function redirectProblem(text: string): TextProblem {
  if (!URI_CHARACTERS.test(text)) {
    return { message: `${shown(text)} has characters that no URL has`, hint: "write them %-encoded" };
  }
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text);
  if (url === null) {
    if (/^\/(?!\/)/.test(text)) return undefined;
    return { message: `expected a path or a URL with http:// or https://, found ${shown(text)}` };
  }
  const [, scheme = "", authority = ""] = url;
  if (!/^https?$/i.test(scheme)) {
    return { message: `expected a path or a URL with http:// or https://, found ${shown(text)}` };
  }
  if (authority.includes("$")) {
    const message = `the host of ${shown(text)} would come from the request: anyone could redirect anywhere`;
    return { message, hint: "write the host out; one rule for each host" };
  }
  return normalAuthority(authority, "https") === undefined
    ? { message: `${shown(authority)} is not a host name or address with an optional port` }
    : undefined;
}

/** What is wrong with the path of a rewrite. */
export function rewriteProblem(text: string): TextProblem {
  if (!URI_CHARACTERS.test(text) || text.includes("#")) {
    return { message: `${shown(text)} has characters that no path of a request has`, hint: "write them %-encoded" };
  }
  if (text.includes("?")) return { message: "a rewritten path has no query; that of the request stays" };
  return /^\/(?!\/)/.test(text)
    ? undefined
    : { message: `expected a path that begins with one "/", found ${shown(text)}` };
}

/** The highest `$n` in a text; 0 when there is none. */
export function highestCapture(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(CAPTURE), (match) => Number(match[1])));
}

/** How many wildcards of a glob can be referred to. */
export function captureCount(glob: string): number {
  return parseGlob(glob).gaps.filter((gap) => gap !== "none").length;
}

/**
 * The text with its captures put in. The path is that of the request; the first of the globs that matches it gives
 * the captures. A result that is a path never begins with two slashes: browsers would read a host there.
 */
export function fillTemplate(template: string, globs: readonly string[], path: string): string {
  const captures = highestCapture(template) === 0 ? [] : capturesOf(globs, path);
  const filled = template.replace(CAPTURE, (_match, digit: string) => captures[Number(digit) - 1] ?? "");
  return filled.startsWith("/") ? filled.replace(/^[/\\]+/, "/") : filled;
}

function capturesOf(globs: readonly string[], path: string): readonly string[] {
  for (const glob of globs) {
    const captures = globCaptures(glob, path);
    if (captures !== undefined) return captures;
  }
  return [];
}
