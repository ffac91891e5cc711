/** Texts with a meaning: names, paths, globs, headers, times. Each says what is wrong in words for the file's author. */
import { normalAuthority } from "../../http/authority.ts";
import { parseAddress, parseCidr } from "../../net/address.ts";
import { GLOB_MAX_LENGTH } from "../glob.ts";
import { hostPatternProblem } from "../host-pattern.ts";
import { parseInstant } from "../instant.ts";
import { parseOriginUrl } from "../origin-url.ts";
import { shown } from "../problems.ts";
import type { TextProblem } from "./shape.ts";
import { text } from "./values.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII, space, tab and obs-text; no line breaks, nothing that ends a field (RFC 9110 §5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Characters that can stand in the path of a request line (RFC 3986 §3.3), and the wildcards. */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const NAME_MAX_LENGTH = 64;
const HOST_MAX_LENGTH = 260;

/** The name of a site, an edge or a region. */
export function nameText(what: string) {
  return text(
    what,
    (name) => {
      if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)) return undefined;
      const message = `${shown(name)} is no good name; it has lower-case letters, digits and inner hyphens`;
      const guess = name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
      return guess === "" ? { message } : { message, hint: `for example ${shown(guess)}` };
    },
    NAME_MAX_LENGTH,
  );
}

/** A host name of a site. */
export const hostPatternText = text("a host name", hostPatternProblem, HOST_MAX_LENGTH);

/** A host name with an optional port, as a Host header has it. */
export const authorityText = text(
  "a host name",
  (value) =>
    normalAuthority(value, "https") === undefined
      ? { message: `expected a host name such as www.example.com, found ${shown(value)}` }
      : undefined,
  HOST_MAX_LENGTH,
);

/** A host name alone, as TLS asks for it (RFC 6066 §3). */
export const serverNameText = text(
  "a host name",
  (value) =>
    normalAuthority(value, "https") === value.toLowerCase() && parseAddress(value) === undefined && !/[:[]/.test(value)
      ? undefined
      : { message: `expected a host name such as origin.example.com, found ${shown(value)}` },
  HOST_MAX_LENGTH,
);

/** The name of a bucket, or of a region of a store. */
export const bucketNameText = text(
  "a name",
  (value) =>
    /^[a-z0-9][a-z0-9.-]*$/.test(value)
      ? undefined
      : { message: `${shown(value)} is no such name; it has lower-case letters, digits, dots and hyphens` },
  NAME_MAX_LENGTH,
);

/** A secret, or `${NAME}` for one. What is wrong with it never shows it. */
export function secretText(minLength: number) {
  return text("a secret", (value) => {
    if (/\$\{[A-Za-z_][A-Za-z0-9_]*\}/.test(value)) return undefined;
    if (!/^[\x21-\x7e]*$/.test(value)) return { message: "the secret has characters that are not visible ASCII" };
    if (value.length >= minLength) return undefined;
    return { message: `the secret has ${value.length} characters; it needs ${minLength} or more` };
  });
}

/** The URL of an origin server. */
export const originUrlText = text("a URL", (value) => {
  const parsed = parseOriginUrl(value);
  return parsed.kind === "problem" ? parsed.problem : undefined;
});

/** A glob for paths. */
export const pathGlobText = text("a path", pathGlobProblem, GLOB_MAX_LENGTH);

function pathGlobProblem(value: string): TextProblem {
  if (/^[a-z]+:\/\//i.test(value)) {
    return { message: `expected a path, found the URL ${shown(value)}`, hint: 'hosts have their own key, "hosts"' };
  }
  if (/[\^\\[\]|]|\$$|\/\.\*$|\(\?/.test(value)) {
    const hint = '"*" is any characters of one segment, "**" any characters; escape nothing';
    return { message: `expected a glob, found what looks like a regular expression: ${shown(value)}`, hint };
  }
  if (/^\*(?!\*)/.test(value)) {
    const hint = `write ${shown(`*${value}`)}: "*" ends at "/", "**" does not`;
    return { message: `a path begins with "/", so ${shown(value)} never matches`, hint };
  }
  if (!value.startsWith("/") && !value.startsWith("*")) {
    return { message: `a path begins with "/", found ${shown(value)}`, hint: `write ${shown(`/${value}`)}` };
  }
  if (/\?[^/]*[=&]/.test(value)) {
    return { message: `a path has no query, found ${shown(value)}`, hint: 'parameters have their own key, "query"' };
  }
  if (PATH_CHARACTERS.test(value)) return undefined;
  return { message: `${shown(value)} has characters that no path of a request has`, hint: "write them %-encoded" };
}

/** A path without wildcards. */
export const plainPathText = text("a path", (value) => {
  if (!value.startsWith("/")) {
    return { message: `a path begins with "/", found ${shown(value)}`, hint: `write ${shown(`/${value}`)}` };
  }
  return /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : { message: `${shown(value)} has characters that no path of a request has`, hint: "write them %-encoded" };
});

/** The name of a header, in any case. */
export const headerNameText = text(
  "a header name",
  (name) => {
    if (TOKEN.test(name)) return undefined;
    const hint = name.trim().endsWith(":") ? "write it without the colon" : undefined;
    const message = `${shown(name)} is not a header name`;
    return hint === undefined ? { message } : { message, hint };
  },
  NAME_MAX_LENGTH * 2,
);

/** The value of a header. It may have a secret in it: what is wrong with it never shows it. */
export const headerValueText = text(
  "a header value",
  (value) => {
    if (!FIELD_VALUE.test(value)) {
      return { message: "the value has a line break or a character that no header may have" };
    }
    return value === value.trim() ? undefined : { message: "the value begins or ends with a space" };
  },
  8000,
);

/** A method. */
export const methodText = text("a method", (value) => {
  if (METHODS.includes(value.toUpperCase()) && value !== value.toUpperCase()) {
    return { message: `methods are written in capitals, found ${shown(value)}`, hint: `write ${value.toUpperCase()}` };
  }
  if (!TOKEN.test(value)) return { message: `${shown(value)} is not a method` };
  return /^(?:TRACE|CONNECT|PURGE)$/.test(value)
    ? { message: `${value} is refused before any rule is looked at` }
    : undefined;
});

/** The name of a cookie or a query parameter; `*` stands for any characters. */
export function nameGlobText(what: string) {
  return text(what, (name) => nameProblem(what, name, /^[\x21-\x7e]+$/), NAME_MAX_LENGTH * 2);
}

/** The name of a cookie or a query parameter. */
export function plainNameText(what: string) {
  return text(
    what,
    (name) =>
      name.includes("*") && what === "a cookie name"
        ? { message: `${shown(name)} has a wildcard; here each cookie is named` }
        : nameProblem(what, name, /^[\x21-\x7e]+$/),
    NAME_MAX_LENGTH * 2,
  );
}

function nameProblem(what: string, name: string, allowed: RegExp): TextProblem {
  if (name === "") return { message: `expected ${what}, found an empty text` };
  if (!allowed.test(name) || /[=;&#]/.test(name)) return { message: `${shown(name)} is not ${what}` };
  return undefined;
}

/** A status such as "404", or a class such as "5xx". */
export const statusText = text("a status", (value) =>
  /^[2-5](?:\d\d|xx)$/.test(value)
    ? undefined
    : { message: `expected a status from 200 to 599 or a class such as "5xx", found ${shown(value)}` },
);

/** A status of an error, or a class. */
export const errorStatusText = text("an error status", (value) =>
  /^[45](?:\d\d|xx)$/.test(value)
    ? undefined
    : { message: `expected a status from 400 to 599 or a class such as "5xx", found ${shown(value)}` },
);

/** An IP address or a range. */
export const addressRangeText = text("an address", (value) =>
  parseCidr(value) === undefined
    ? { message: `expected an IP address or a range such as 192.0.2.0/24, found ${shown(value)}` }
    : undefined,
);

/** An IP address. */
export const addressText = text("an address", (value) =>
  parseAddress(value) === undefined
    ? { message: `expected an IP address such as 192.0.2.1 or 2001:db8::1, found ${shown(value)}` }
    : undefined,
);

/** A time with its zone. */
export const instantText = text("a time", (value) =>
  parseInstant(value) === undefined
    ? { message: `expected a time such as "2026-11-24T18:00:00Z", found ${shown(value)}` }
    : undefined,
);

/** A host name with `{edge}` in its first label. */
export const edgeHostsText = text("a host name with {edge}", (value) => {
  const parts = value.split("{edge}");
  const good = parts.length === 2 && normalAuthority(value.replace("{edge}", "e"), "https") !== undefined;
  if (good && !(parts[0] ?? "").includes(".")) return undefined;
  const message = `expected a host name with {edge} in its first label, found ${shown(value)}`;
  return { message, hint: "for example {edge}.www.example.com" };
});
