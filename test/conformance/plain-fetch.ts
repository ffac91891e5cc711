/**
 * A client that asks for no compression. On Workers the platform compresses behind the edge, for clients that accept
 * it, and takes Content-Length away: what the edge sent is only seen without.
 */

/** What the standard fetch and that of the older edition have in common, as the suite uses them. */
export type SuiteFetch = (input: string, init?: RequestInit) => Promise<Response>;

/** The same, but its requests say `Accept-Encoding: identity`, unless they say something of their own. */
export function plainly(fetch: SuiteFetch): SuiteFetch {
  return (input, init) => {
    const given = init?.headers;
    const headers = new Headers(given);
    if (headers.has("accept-encoding")) return fetch(input, init);
    const lines: [string, string][] = Array.isArray(given)
      ? given.map(([name = "", value = ""]): [string, string] => [name, value])
      : [...headers];
    return fetch(input, { ...init, headers: [...lines, ["accept-encoding", "identity"]] });
  };
}
