/**
 * What a purge names, in the form under which edges look it up: what could never match anything is refused, since a
 * receipt would call it applied.
 */
import { normalAuthority } from "../http/authority.ts";
import type { PurgeScope } from "./purges.ts";

/** Segments of the path of a prefix. */
export const PREFIX_SEGMENTS_MAX = 32;

/** One value as it goes into the ledger, or what is wrong with it and what to write instead. */
export type PurgeValue =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "problem"; readonly message: string; readonly hint: string };

/** What edges keep of tags. */
export interface PurgeForm {
  /** Tags of a response that are longer in all keep it from being stored. */
  readonly tagsPerResponseMaxBytes: number;
}

/** Reads a URL, a tag, a prefix or a host. */
export function purgeValue(scope: Exclude<PurgeScope, "site">, text: string, form: PurgeForm): PurgeValue {
  if (scope === "tag") return tagValue(text, form.tagsPerResponseMaxBytes);
  const url = purgeUrl(text);
  if (url === undefined) {
    const hint = "write it whole: https://www.example.com/a/b; a host outside ASCII in its xn-- form (RFC 5891)";
    return { kind: "problem", message: `${text} is no URL with a host`, hint };
  }
  const pathAt = url.indexOf("/", 2);
  if (scope === "host") {
    if (pathAt === url.length - 1) return { kind: "value", value: url.slice(2, pathAt) };
    return { kind: "problem", message: `${text} is more than a host`, hint: "purge the URL, or a prefix" };
  }
  if (scope === "prefix" && url.includes("?"))
    return {
      kind: "problem",
      message: `${text} has a query`,
      hint: "a prefix ends in the path; purge the URL instead",
    };
  const path = url.slice(pathAt + 1).replace(/\/$/, "");
  if (scope === "prefix" && path.split("/").length > PREFIX_SEGMENTS_MAX) {
    const message = `${text} is deeper than ${PREFIX_SEGMENTS_MAX} segments`;
    return { kind: "problem", message, hint: "purge a shorter prefix, or the URLs" };
  }
  return { kind: "value", value: url };
}

/** A tag as Cache-Tag or Surrogate-Key can hold it. The first splits at commas, the second at spaces. */
function tagValue(tag: string, maxBytes: number): PurgeValue {
  if (tag.length > maxBytes) {
    const message = `a tag of ${tag.length} characters is too long: ${maxBytes} at most`;
    return { kind: "problem", message, hint: "what bears a longer one is not stored" };
  }
  if (!/[^\x20-\x7e]/.test(tag) && !(tag.includes(",") && tag.includes(" "))) return { kind: "value", value: tag };
  const message = `no response can bear the tag ${JSON.stringify(tag)}`;
  return {
    kind: "problem",
    message,
    hint: "one tag an item, in ASCII; Cache-Tag splits at commas, Surrogate-Key at spaces",
  };
}

const FORM = /^(?:(https?):)?(?:\/\/)?([^/?#\s@]+)((?:[/?][^#\s]*)?)(?:#\S*)?$/iu;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * A URL as edges have it: `//host[:port]/path?query`, without scheme, default port and fragment, so that it is the same
 * behind a router that ends TLS; what is not ASCII is escaped, as browsers send it. Undefined when it names no host.
 */
export function purgeUrl(text: string): string | undefined {
  const [, scheme, place = "", rest = ""] = (LONE_SURROGATE.test(text) ? null : FORM.exec(text)) ?? [];
  const isPlain = scheme?.toLowerCase() === "http";
  // Without a scheme it may be either.
  const authority = normalAuthority(
    scheme === undefined ? place.replace(/:80$/, "") : place,
    isPlain ? "http" : "https",
  );
  if (authority === undefined) return undefined;
  const target = rest.replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
  return `//${authority}${target.startsWith("/") ? "" : "/"}${target}`;
}
