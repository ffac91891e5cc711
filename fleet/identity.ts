/**
 * Who a node is to control: its credential, made on the node and kept before control hears of it, so that no crash loses it;
 * its key and its short-lived certificate for other nodes.
 */
import type { ControlLink, NodeDisk, NodeSecrets } from "../core/ledger/follow-ports.ts";
import { proofText } from "../core/ledger/node-name.ts";
import { isMembers, type Members, numberMember, parseJson, textMember } from "../core/ledger/read-json.ts";

/** The file on the node's disk. */
export const IDENTITY_FILE = "identity.json";
const POST_TIMEOUT_MS = 5_000;

/** Ages at which things are renewed. */
export interface IdentitySettings {
  readonly credentialLifetimeSeconds: number;
}

/** What an identity is made of. */
export interface IdentityParts {
  /** What the node says of itself when it joins. */
  readonly member: { readonly id: string; readonly role: string; readonly [key: string]: unknown };
  /** The secret of the join token. */
  readonly joinSecret: string;
  readonly link: ControlLink;
  readonly disk: NodeDisk;
  readonly secrets: NodeSecrets;
  readonly settings: IdentitySettings;
}

/** A certificate and its key, in PEM. */
export interface NodeCertificate {
  readonly key: string;
  readonly certificate: string;
  /** Who signed it. */
  readonly authority: string;
  readonly issuedAtMs: number;
  readonly notAfterMs: number;
}

/** What became of an attempt: done, or why not in one line. */
export type Attempt = { readonly kind: "done" } | { readonly kind: "failed"; readonly detail: string };

interface Kept {
  readonly credential?: string;
  readonly sinceMs?: number;
  /** Made, and perhaps known to control: it is sent once more. */
  readonly next?: string;
  readonly certificate?: NodeCertificate;
}

const DONE: Attempt = { kind: "done" };

/** One node's identity. */
export class Identity {
  readonly #parts: IdentityParts;
  #kept: Kept = {};

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** Takes what is on disk; a disk that cannot be read counts as empty. */
  async load(): Promise<void> {
    const text = await this.#parts.disk.load(IDENTITY_FILE).catch(() => undefined);
    this.#kept = keptOf(text === undefined ? undefined : parseJson(text));
  }

  /** What control knows the node by; undefined: it has not joined. */
  get credential(): string | undefined {
    return this.#kept.credential;
  }

  /** For other nodes; undefined: none was issued yet. */
  get certificate(): NodeCertificate | undefined {
    return this.#kept.certificate;
  }

  /** Enrols with the join token. */
  async join(url: string, nowMs: number): Promise<Attempt> {
    const next = await this.#nextCredential();
    const answer = await this.#post(url, this.#parts.joinSecret, this.#parts.secrets.hashOf(next));
    if (answer.kind === "unreachable") return failed(`cannot reach control at ${url}: ${answer.detail}`);
    if (answer.status === 401 || answer.status === 403)
      return failed(
        `control at ${url} does not take this join token (${answer.status}); copy join.token of its data folder`,
      );
    if (answer.status !== 200 && answer.status !== 201)
      return failed(`control at ${url} does not let this node join: ${detailOf(answer.json) ?? answer.status}`);
    return await this.#promote(next, nowMs);
  }

  /** Renews what is due: what control knows of the node, the credential at its age, the certificate at half of its life. */
  async renew(
    url: string,
    { nowMs, known }: { readonly nowMs: number; readonly known: ReadonlyMap<string, object> | undefined },
  ): Promise<Attempt> {
    const { credential, sinceMs = 0, certificate, next } = this.#kept;
    if (credential === undefined) return DONE;
    const ageMs = this.#parts.settings.credentialLifetimeSeconds * 1000;
    if (next !== undefined || nowMs - sinceMs >= ageMs) return await this.#rotate(url, credential, nowMs);
    if (!this.#isKnownAs(known)) await this.#describe(url, credential);
    const isFresh = certificate !== undefined && nowMs < (certificate.issuedAtMs + certificate.notAfterMs) / 2;
    return isFresh ? DONE : await this.#certify(url, credential, nowMs);
  }

  /** Control does not know the credential. True: there is another to try, of an exchange whose answer was lost. */
  async wasRefused(nowMs: number): Promise<boolean> {
    const { next } = this.#kept;
    if (next === undefined) return false;
    await this.#promote(next, nowMs);
    return true;
  }

  #isKnownAs(known: ReadonlyMap<string, object> | undefined): boolean {
    const { member } = this.#parts;
    const present: Members = { ...known?.get(member.id) };
    const names = ["at", "region", "advertise"];
    return known === undefined || names.every((name) => JSON.stringify(present[name]) === JSON.stringify(member[name]));
  }

  /** Tells control where the node stands now; the credential stays. */
  async #describe(url: string, credential: string): Promise<void> {
    await this.#post(url, credential, undefined);
  }

  async #rotate(url: string, credential: string, nowMs: number): Promise<Attempt> {
    const next = await this.#nextCredential();
    const answer = await this.#post(url, credential, this.#parts.secrets.hashOf(next));
    if (answer.kind === "unreachable" || answer.status >= 300)
      return failed("control does not exchange the credential");
    return this.#kept.credential === next ? DONE : await this.#promote(next, nowMs);
  }

  async #certify(url: string, credential: string, nowMs: number): Promise<Attempt> {
    const { secrets, member, link } = this.#parts;
    const key = secrets.newKey();
    const publicKey = secrets.publicKeyOf(key);
    const body = { publicKey, proof: secrets.prove(key, proofText(member.id, publicKey)) };
    const about = { path: "/v1/certificates", token: credential, body, timeoutMs: POST_TIMEOUT_MS };
    const answer = await link.post(url, about);
    const json = answer.kind === "answer" && isMembers(answer.json) ? answer.json : {};
    const issued = certificateOf({ ...json, key, issuedAtMs: nowMs });
    if (issued === undefined) return failed("control issues no certificate");
    await this.#keep({ ...this.#kept, certificate: issued });
    return DONE;
  }

  async #nextCredential(): Promise<string> {
    const { secrets, member } = this.#parts;
    const next = this.#kept.next ?? secrets.newCredential(member.id);
    // On disk before it is sent: control may take it, and the answer may be lost.
    if (next !== this.#kept.next) await this.#keep({ ...this.#kept, next });
    return next;
  }

  async #promote(credential: string, sinceMs: number): Promise<Attempt> {
    const { next: _, ...rest } = this.#kept;
    await this.#keep({ ...rest, credential, sinceMs });
    return DONE;
  }

  async #keep(kept: Kept): Promise<void> {
    this.#kept = kept;
    // A disk that refuses: the node works, and joins under another id or after a revoke when it is started again.
    await this.#parts.disk.save(IDENTITY_FILE, JSON.stringify(kept)).catch(() => {});
  }

  #post(url: string, token: string, credentialHash: string | undefined) {
    const { link, member } = this.#parts;
    const body = credentialHash === undefined ? member : { ...member, credentialHash };
    return link.post(url, { path: "/v1/enrol", token, body, timeoutMs: POST_TIMEOUT_MS });
  }
}

function failed(detail: string): Attempt {
  return { kind: "failed", detail };
}

function detailOf(json: unknown): string | undefined {
  return isMembers(json) ? textMember(json, "detail") : undefined;
}

function keptOf(value: unknown): Kept {
  if (!isMembers(value)) return {};
  const [credential, next] = ["credential", "next"].map((name) => textMember(value, name));
  const sinceMs = numberMember(value, "sinceMs");
  const certificate = isMembers(value.certificate) ? certificateOf(value.certificate) : undefined;
  return {
    ...(credential !== undefined && { credential }),
    ...(next !== undefined && { next }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(certificate && { certificate }),
  };
}

function certificateOf(value: Members): NodeCertificate | undefined {
  const key = textMember(value, "key");
  const certificate = textMember(value, "certificate");
  const authority = textMember(value, "authority");
  const issuedAtMs = numberMember(value, "issuedAtMs");
  const notAfterMs = numberMember(value, "notAfterMs");
  if (key === undefined || certificate === undefined || authority === undefined) return undefined;
  if (issuedAtMs === undefined || notAfterMs === undefined) return undefined;
  return { key, certificate, authority, issuedAtMs, notAfterMs };
}
