/**
 * A small S3-compatible store that serves a bucket to those who sign, and verifies signatures by the published algorithm,
 * written apart from the code under test: by node:crypto, from the request as it arrived.
 */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";

/** A running store. */
export interface BucketStub {
  readonly url: string;
  /** What came, as `METHOD target status`. */
  readonly log: readonly string[];
  /** Fields of the last request. */
  last(): IncomingMessage["headers"];
  close(): Promise<void>;
}

/** Who may read, and what there is: keys with `/bucket/` in front. */
export interface BucketContent {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly objects: Readonly<Record<string, string>>;
  readonly sessionToken?: string;
}

const SKEW_MAX_MS = 15 * 60_000;

/** Starts it on loopback. */
export async function bucketStub(content: BucketContent): Promise<BucketStub> {
  const log: string[] = [];
  let last: IncomingMessage["headers"] = {};
  const server: Server = createServer((request, response) => {
    last = request.headers;
    const problem = problemOf(request, content);
    const object = problem === undefined ? content.objects[decodeURIComponent(request.url ?? "")] : undefined;
    const status = problem !== undefined ? 403 : object === undefined ? 404 : 200;
    log.push(`${request.method} ${request.url} ${status}`);
    const type = status === 200 ? "text/plain" : "application/xml";
    response.writeHead(status, { "content-type": type, etag: '"1"', "cache-control": "max-age=60" });
    response.end(object ?? `<Error><Code>${problem ?? "NoSuchKey"}</Code></Error>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    ...{ url: `http://127.0.0.1:${address.port}`, log, last: () => last },
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

function problemOf(request: IncomingMessage, content: BucketContent): string | undefined {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? "",
    );
  if (parts === null) return "AccessDenied";
  const [, accessKeyId, day = "", region, names = "", signature] = parts;
  const date = String(request.headers["x-amz-date"]);
  if (accessKeyId !== content.accessKeyId) return "InvalidAccessKeyId";
  if (region !== content.region || !date.startsWith(day)) return "AuthorizationHeaderMalformed";
  if (Math.abs(Date.now() - atMs(date)) > SKEW_MAX_MS) return "RequestTimeTooSkewed";
  if (request.headers["x-amz-security-token"] !== content.sessionToken) return "InvalidToken";
  const signedNames = names.split(";");
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (mustBeSigned.some((name) => !signedNames.includes(name))) return "AccessDenied";
  return signatureOf(request, signedNames, day, content) === signature ? undefined : "SignatureDoesNotMatch";
}

function signatureOf(
  request: IncomingMessage,
  names: readonly string[],
  day: string,
  { secretAccessKey, region }: BucketContent,
): string {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const lines = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join("");
  const payload = String(request.headers["x-amz-content-sha256"]);
  const uri = decodeURIComponent(path).split("/").map(awsEncoded).join("/");
  const canonical = [request.method, uri, query, lines, names.join(";"), payload].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const text = `AWS4-HMAC-SHA256\n${String(request.headers["x-amz-date"])}\n${scope}\n${hash}`;
  const key = [day, region, "s3", "aws4_request"].reduce<Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return createHmac("sha256", key).update(text).digest("hex");
}

function awsEncoded(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function atMs(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
