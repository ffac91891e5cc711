/** Field names as people expect to read them on an HTTP/1 wire: Content-Type, ETag, WWW-Authenticate. */

/** Names that are not capitalised word by word. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["etag", "ETag"],
  ["www-authenticate", "WWW-Authenticate"],
  ["te", "TE"],
  ["dnt", "DNT"],
  ["nel", "NEL"],
  ["cdn-cache-control", "CDN-Cache-Control"],
  ["cdn-loop", "CDN-Loop"],
  ["content-md5", "Content-MD5"],
  ["expect-ct", "Expect-CT"],
  ["sourcemap", "SourceMap"],
  ["x-dns-prefetch-control", "X-DNS-Prefetch-Control"],
  ["x-ua-compatible", "X-UA-Compatible"],
  ["x-xss-protection", "X-XSS-Protection"],
]);
/** Origins choose names, so what is remembered is bounded. */
const REMEMBERED_NAMES = 1_024;

const remembered = new Map<string, string>(EXCEPTIONS);

/** The canonical case of a lower-case name. */
export function canonicalCase(name: string): string {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const cased = name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
  if (remembered.size < REMEMBERED_NAMES) remembered.set(name, cased);
  return cased;
}
