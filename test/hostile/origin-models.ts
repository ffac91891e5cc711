/** Five ways in which servers read a path before they look for a page (FAULTS C11). */

/** From the bytes of a target to the path that is looked for. */
export type PathModel = (target: string) => string;

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function pathOf(target: string): string {
  return target.split("?", 1)[0] ?? "";
}

function resolved(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}

/** The first page whose name the path begins with: frameworks with catch-all routes. */
function routed(path: string): string {
  return path === "/account" || path.startsWith("/account/") ? "/account" : path;
}

/** The models by the servers that are known for them. */
export const PATH_MODELS: Readonly<Record<string, PathModel>> = {
  // Express: routes by segments, without regard to case, "\\" is "/"; what follows a page's name is its parameter.
  express: (target) => routed(resolved(decoded(pathOf(target)).replaceAll("\\", "/")).toLowerCase()),
  // Spring and Tomcat: path parameters are cut off each segment, then dots are resolved.
  spring: (target) => routed(resolved(decoded(pathOf(target)).replace(/;[^/]*/g, ""))),
  // Rails: what follows the last dot is a format, and pages have one for all.
  rails: (target) => routed(resolved(decoded(pathOf(target))).replace(/\.[a-z]+$/i, "")),
  // nginx before a rewriting application: decoded once, slashes merged, dots resolved; "?" and "#" end the path then.
  nginx: (target) => routed(resolved(decoded(pathOf(target)).split(/[?#]/, 1)[0] ?? "")),
  // OpenLiteSpeed and old PHP: decoded twice, cut at the first control character.
  openlitespeed: (target) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what this server stumbles over.
    routed(resolved(decoded(decoded(pathOf(target))).split(/[\u0000-\u001f?]/, 1)[0] ?? "")),
};

/** How servers find the parameter `callback` in a query. */
export const QUERY_MODELS: Readonly<Record<string, (query: string) => string | undefined>> = {
  "the first one": (query) => callbacks(query, "&")[0],
  "the last one": (query) => callbacks(query, "&").at(-1),
  "the first, also behind semicolons": (query) => callbacks(query, /[&;]/)[0],
  "the last, also behind semicolons": (query) => callbacks(query, /[&;]/).at(-1),
  "the last of the query decoded as a whole": (query) => callbacks(decoded(query), /[&;]/).at(-1),
};

function callbacks(query: string, separator: string | RegExp): string[] {
  return query.split(separator).flatMap((parameter) => {
    const equals = parameter.indexOf("=");
    const name = decoded(parameter.slice(0, equals).replaceAll("+", " ")).trim().toLowerCase();
    return /^(?:[a-z_]*\[)?callback(?:\[?\])?$/.test(name) ? [parameter.slice(equals + 1)] : [];
  });
}
