/** What the tests of ready hits ask for: responses of an origin, and blocks of field lines of clients. */
import type { FieldLine } from "../core/http/fields.ts";

/** What the origin answers, by path. */
export const RESPONSES: Readonly<Record<string, { readonly status?: number; readonly fields: readonly FieldLine[] }>> =
  {
    "/plain": { fields: [["cache-control", "max-age=60"]] },
    "/dated": {
      fields: [
        ["date", "Tue, 24 Nov 2026 09:59:58 GMT"],
        ["etag", '"a"'],
        ["last-modified", "Mon, 23 Nov 2026 10:00:00 GMT"],
        ["cache-control", "s-maxage=4, max-age=1"],
        ["surrogate-key", "a b"],
        ["age", "1"],
      ],
    },
    "/coding": {
      fields: [
        ["vary", "Accept-Encoding"],
        ["cache-control", "max-age=9"],
      ],
    },
    "/language": {
      fields: [
        ["vary", "accept-language, origin"],
        ["content-language", "de"],
        ["cache-control", "max-age=9"],
      ],
    },
    "/cookie": {
      fields: [
        ["vary", "cookie"],
        ["cache-control", "public, max-age=9"],
      ],
    },
    "/guess": { fields: [["last-modified", "Mon, 23 Nov 2020 10:00:00 GMT"]] },
    "/moved": {
      status: 301,
      fields: [
        ["location", "/plain"],
        ["cache-control", "max-age=60"],
      ],
    },
    "/gone": { status: 404, fields: [["cache-control", "max-age=60"]] },
    "/private": { fields: [["cache-control", "private"]] },
    "/always": {
      fields: [
        ["cache-control", "no-cache"],
        ["etag", '"x"'],
      ],
    },
    "/odd": {
      fields: [
        ["x-\u00e9", "no"],
        ["x-odd", "caf\u00e9"],
        ["cache-control", "max-age=60"],
      ],
    },
    "/via": {
      fields: [
        ["via", "1.1 nearer"],
        ["cache-status", "nearer; hit"],
        ["cache-control", "max-age=60"],
      ],
    },
    "/long": {
      fields: [
        ["x-long", "x".repeat(5_000)],
        ["cache-control", "max-age=60"],
      ],
    },
    "/short": { fields: [["cache-control", "max-age=60, stale-while-revalidate=60"]] },
  };

/** Blocks of field lines. */
export const BLOCKS: readonly string[] = [
  "",
  "User-Agent: a\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\nAccept-Language: de, en;q=0.5\r\n",
  "Accept-Encoding: br\r\nAccept-Language: en\r\nCookie: session=1\r\nSec-Fetch-Mode: cors\r\n",
  "Accept-Encoding: gzip;q=0\r\nOrigin: https://b.example\r\nConnection: keep-alive\r\n",
  "Connection: close\r\n",
  "Connection: x-plan, keep-alive\r\nX-Plan: gold\r\n",
  "Cache-Control: no-cache\r\n",
  "Cache-Control: only-if-cached\r\nPragma: no-cache\r\n",
  'If-None-Match: "a"\r\n',
  "If-Modified-Since: Tue, 24 Nov 2026 09:59:58 GMT\r\n",
  "Range: bytes=0-3\r\n",
  "Range: bytes=0-0, 2-2\r\n",
  "Range: bytes=900-\r\n",
  'Range: bytes=0-3\r\nIf-Range: "a"\r\n',
  "Authorization: Basic YTpi\r\n",
  'Via: 1.1 other\r\nCDN-Loop: antipode; node="edge"\r\n',
  "X-Forwarded-For: 198.51.100.7\r\n",
  "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
  "X-Odd: y\r\nX-Odd: z\r\n",
  "Content-Length: 0\r\n",
  "Expect: 100-continue\r\n",
  "Upgrade: h2c\r\n",
];
