/** What the demo origin serves under one path: bytes held in memory or made on demand, with validators. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** One encoding of a resource. `read` gives the bytes `first`..`last`, both inclusive, in pieces. */
export interface Representation {
  readonly etag: string;
  readonly bytes: number;
  read(first: number, last: number): Iterable<Buffer>;
}

/** A resource with validators. Its gzip form exists only where that saves something. */
export interface Resource {
  readonly status: number;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly identity: Representation;
  readonly gzip: Representation | undefined;
}

/** When the site was last edited: the Last-Modified of everything that is not made per request. */
export const EDITION_MS = Date.UTC(2026, 8, 1, 8, 0, 0);

const GZIP_MIN_BYTES = 512;

/** How a resource is to be served. */
export interface ResourceOptions {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly status?: number;
}

/** Text, with a gzip form made once. */
export function textResource(text: string, options: ResourceOptions): Resource {
  const content = Buffer.from(text, "utf8");
  const gzip = content.length >= GZIP_MIN_BYTES ? representation(gzipSync(content, { level: 9 }), "-gzip") : undefined;
  return { status: 200, ...options, identity: representation(content, ""), gzip };
}

/** Bytes that are compressed already, or would gain nothing. */
export function binaryResource(content: Buffer, options: ResourceOptions): Resource {
  return { status: 200, ...options, identity: representation(content, ""), gzip: undefined };
}

/** A short name of some bytes, for entity tags and immutable paths. */
export function contentHash(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("base64url").slice(0, 16);
}

function representation(content: Buffer, suffix: string): Representation {
  return {
    etag: `"${contentHash(content)}${suffix}"`,
    bytes: content.length,
    read: (first, last) => [content.subarray(first, last + 1)],
  };
}
