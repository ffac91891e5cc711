/**
 * A client that asks for no compression. On Workers the platform compresses behind the edge, for clients that accept
 * it, and takes Content-Length away: what the edge sent is only seen without.
 */

/** Makes the suite's requests say `Accept-Encoding: identity`, unless they say something of their own. */
export function fetchPlainly(): void {
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    if (headers.has("accept-encoding")) return original(input, init);
    const given = init?.headers;
    const lines: [string, string][] = Array.isArray(given)
      ? given.map(([name = "", value = ""]): [string, string] => [name, value])
      : [...headers];
    return original(input, { ...init, headers: [...lines, ["accept-encoding", "identity"]] });
  };
}
