/** The certificate that a listener shows: read from files, judged before it is used, and read again when they change. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext, type SecureContextOptions } from "node:tls";

/** Where it is. */
export interface CertificateFiles {
  /** PEM: the certificate, then those between it and a root that clients know. */
  readonly certFile: string;
  /** PEM: its private key, not encrypted. */
  readonly keyFile: string;
}

/** A certificate in use. */
interface Loaded {
  readonly secure: SecureContextOptions;
  readonly leaf: X509Certificate;
  readonly marks: string;
}

/** Said in one line: which file, what is wrong, what to do. */
export class CertificateError extends Error {}

/** Its files are looked at this often. */
const LOOK_EVERY_MS = 5_000;
/** Names that are remembered as covered or not. */
const NAMES_MAX = 10_000;
/** Mozilla's intermediate set (version 5.7): what clients of the last ten years can, without what is broken. */
const CIPHERS = [
  ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
  ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"],
  ...["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
].join(":");

/** One certificate with its key. */
export class ServerCertificate {
  readonly #files: CertificateFiles;
  #loaded: Loaded;
  #refusedMarks = "";
  readonly #covered = new Map<string, boolean>();

  /** Throws a `CertificateError`. */
  constructor(files: CertificateFiles, nowMs: number) {
    this.#files = files;
    this.#loaded = load(files, nowMs);
  }

  /** For a server of `node:tls`. */
  get secure(): SecureContextOptions {
    return this.#loaded.secure;
  }

  /** When it ends to be valid, in milliseconds since the Unix epoch. */
  get endsAtMs(): number {
    return Date.parse(this.#loaded.leaf.validTo);
  }

  /** Whether it is for a host name (RFC 6125): requests for others do not belong on a connection that it secures. */
  covers(host: string): boolean {
    const known = this.#covered.get(host);
    if (known !== undefined) return known;
    const covers = isFor(this.#loaded.leaf, host.replace(/^\[|\]$/g, ""));
    if (this.#covered.size >= NAMES_MAX) this.#covered.clear();
    this.#covered.set(host, covers);
    return covers;
  }

  /** Looks at the files again. True: another certificate is in use now. What cannot be used is told once, and changes nothing. */
  refresh(nowMs: number, tell: (problem: string) => void): boolean {
    const { certFile, keyFile } = this.#files;
    const marks = marksOf(this.#files);
    if (marks === this.#loaded.marks || marks === this.#refusedMarks) return false;
    try {
      this.#loaded = load(this.#files, nowMs);
      this.#covered.clear();
      this.#refusedMarks = "";
      return true;
    } catch (error) {
      this.#refusedMarks = marks;
      const problem = error instanceof CertificateError ? error.message : `${certFile}, ${keyFile}: ${error}`;
      tell(`${problem}; the certificate from before stays in use`);
      return false;
    }
  }

  /** Keeps looking; returns how to stop. It does not keep the process alive. */
  watch(changed: () => void, tell: (problem: string) => void): () => void {
    const timer = setInterval(() => this.refresh(Date.now(), tell) && changed(), LOOK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }
}

/** OpenSSL throws for what is neither a name nor an address. */
function isFor(leaf: X509Certificate, host: string): boolean {
  try {
    return (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
  } catch {
    return false;
  }
}

function marksOf({ certFile, keyFile }: CertificateFiles): string {
  return [certFile, keyFile].map(markOf).join();
}

/** What cannot be looked at cannot be read either, and is told of then. */
function markOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "absent";
  }
}

function load(files: CertificateFiles, nowMs: number): Loaded {
  const { certFile, keyFile } = files;
  const marks = marksOf(files);
  const [cert, keyText] = [textOf(certFile), textOf(keyFile)];
  const leaf = parsed(certFile, () => new X509Certificate(cert), "a certificate in PEM: -----BEGIN CERTIFICATE-----");
  const key = parsed(keyFile, (): KeyObject => createPrivateKey(keyText), "a private key in PEM, not encrypted");
  if (!leaf.checkPrivateKey(key)) {
    throw new CertificateError(
      `${keyFile} is not the key of ${certFile}: give the key that this certificate was asked for with`,
    );
  }
  if (Date.parse(leaf.validTo) <= nowMs)
    throw new CertificateError(`${certFile} has expired on ${leaf.validTo}; renew it`);
  if (Date.parse(leaf.validFrom) > nowMs) {
    throw new CertificateError(`${certFile} is valid from ${leaf.validFrom} on; look at the clock of this machine`);
  }
  const secure = { cert, key: keyText, minVersion: "TLSv1.2", ciphers: CIPHERS, honorCipherOrder: false } as const;
  // OpenSSL has its own say, for instance on keys that are too short.
  parsed(certFile, () => createSecureContext(secure), "a certificate that OpenSSL takes");
  return { secure, leaf, marks };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CertificateError(`${file} cannot be read (${code})`);
  }
}

function parsed<T>(file: string, parse: () => T, what: string): T {
  try {
    return parse();
  } catch {
    throw new CertificateError(`${file} is not ${what}`);
  }
}

/** Whether a file has the certificates between the first one and a root: without them most clients refuse it. */
export function chainProblem(certFile: string): string | undefined {
  const [first, ...rest] = textOf(certFile).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (first === undefined || rest.length > 0) return undefined;
  const leaf = new X509Certificate(first);
  if (leaf.issuer === leaf.subject) return undefined;
  return `${certFile} has no certificate of its issuer (${leaf.issuer.replaceAll("\n", ", ")}): clients that do not know it refuse the connection; append the intermediate`;
}
