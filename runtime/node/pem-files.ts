/** PEM files of operators: read when first needed, and again when they have changed, so that a renewed certificate counts without a restart. */
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { UpstreamTls } from "../../core/ports.ts";

/** What a file held when it was looked at last. */
interface Held {
  readonly mark: string;
  readonly text: string;
}

/** Files that are remembered; as many as configs name. */
const held = new Map<string, Held>();

/** What stands in a file now. Throws when it cannot be read. */
function textOf(file: string): Held {
  const { mtimeMs, size, ino } = statSync(file);
  const mark = `${mtimeMs} ${size} ${ino}`;
  const known = held.get(file);
  if (known?.mark === mark) return known;
  const read = { mark, text: readFileSync(file, "utf8") };
  held.set(file, read);
  return read;
}

/** The secure context of a route, made anew when one of its files has changed. */
export class TlsFiles {
  readonly #tls: UpstreamTls;
  readonly #authorities: readonly string[] | undefined;
  #made: { readonly marks: string; readonly context: SecureContext } | undefined;

  /** `authorities` count where the route names no file of them; undefined: the system's. */
  constructor(tls: UpstreamTls, authorities: readonly string[] | undefined) {
    this.#tls = tls;
    this.#authorities = authorities;
  }

  /** The context, and whether it is another one than before. Throws a sentence that names the file. */
  context(): { readonly context: SecureContext; readonly isNew: boolean } {
    const { authoritiesFile, certificateFile, keyFile } = this.#tls;
    const [ca, cert, key] = [authoritiesFile, certificateFile, keyFile].map((file) =>
      file === undefined ? undefined : readable(file),
    );
    const marks = [ca, cert, key].map((file) => file?.mark).join();
    if (this.#made?.marks === marks) return { context: this.#made.context, isNew: false };
    const trusted = ca ? [ca.text] : this.#authorities;
    const context = createSecureContext({
      ...(trusted !== undefined && { ca: [...trusted] }),
      ...(cert && { cert: cert.text }),
      ...(key && { key: key.text }),
    });
    this.#made = { marks, context };
    return { context, isNew: true };
  }
}

/** What is wrong with the files of a site's TLS, each a sentence; empty when they can be used. */
export function tlsFileProblems(tls: UpstreamTls): readonly string[] {
  const { authoritiesFile, certificateFile, keyFile } = tls;
  const problems: string[] = [];
  for (const file of [authoritiesFile, certificateFile]) {
    const problem = file === undefined ? undefined : certificateProblem(file);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) return problems;
  try {
    new TlsFiles(tls, undefined).context();
  } catch (error) {
    problems.push(`${keyFile ?? certificateFile ?? authoritiesFile}: ${messageOf(error)}`);
  }
  return problems;
}

function certificateProblem(file: string): string | undefined {
  try {
    const { text } = readable(file);
    if (new X509Certificate(text).subject !== undefined) return undefined;
  } catch (error) {
    return error instanceof UnreadableFile ? error.message : `${file}: no certificate in PEM (${messageOf(error)})`;
  }
  return `${file}: a certificate without a subject`;
}

class UnreadableFile extends Error {}

function readable(file: string): Held {
  try {
    return textOf(file);
  } catch (error) {
    throw new UnreadableFile(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
