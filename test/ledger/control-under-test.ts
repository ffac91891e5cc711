/** A control with a ledger in a folder of its own, and a client that speaks to it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlOptions, startControl } from "../../control/node.ts";
import type { Clock } from "../../core/ports.ts";

/** A site config that is good. */
export function siteConfig(host: string, ttlSeconds = 60): object {
  return {
    hosts: [host],
    origins: [{ url: "http://127.0.0.1:9" }],
    origin: { allowPrivate: true },
    cache: { defaultTtlSeconds: ttlSeconds },
  };
}

/** What the API's bodies have in common, as far as tests look. */
export interface ApiBody {
  readonly token: string;
  readonly credential: string;
  readonly detail: string;
  readonly position: string;
  readonly version: string;
  readonly config: unknown;
  readonly problems: readonly { readonly path: string }[];
  readonly versions: readonly unknown[];
  readonly file: string;
  readonly certificate: string;
  readonly entries: readonly { readonly author: string; readonly kind: string; readonly position: string }[];
  readonly edges: readonly {
    readonly id: string;
    readonly state: string;
    readonly position?: string;
    readonly draining: boolean;
    readonly heardAtMs?: number;
    readonly refusedSites: Readonly<Record<string, string>>;
  }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary: string }>>>>;
}

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: ApiBody;
}

/** A running control with its tokens. */
export interface ControlUnderTest {
  readonly url: string;
  readonly folder: string;
  readonly adminToken: string;
  readonly joinToken: string;
  readonly said: readonly string[];
  ask(method: string, path: string, options?: AskOptions): Promise<ApiAnswer>;
  stop(): Promise<void>;
}

/** What goes with a request. */
export interface AskOptions {
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A folder for a ledger. */
export function ledgerFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "antipode-control-"));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Starts one in this process. */
export async function controlUnderTest(
  folder: string,
  port = 0,
  { clock, ...more }: Pick<ControlOptions, "tls" | "settings"> & { readonly clock?: Clock | undefined } = {},
): Promise<ControlUnderTest> {
  const said: string[] = [];
  const listen = { host: "127.0.0.1", port };
  const say = (line: string) => said.push(line);
  const control = await startControl({ config: {}, listen, version: "test", data: folder, ...more, say }, clock);
  const url = `${more.tls === undefined ? "http" : "https"}://127.0.0.1:${control.listening.port}`;
  const adminToken = readFileSync(join(folder, "admin.token"), "utf8").trim();
  const joinToken = readFileSync(join(folder, "join.token"), "utf8").trim();
  const ask = (method: string, path: string, options: AskOptions = {}) =>
    askApi(url, adminToken, { method, path, ...options });
  return { url, folder, adminToken, joinToken, said, ask, stop: () => control.close() };
}

async function askApi(
  url: string,
  adminToken: string,
  ask: AskOptions & { readonly method: string; readonly path: string },
): Promise<ApiAnswer> {
  const { method, path, body, token = adminToken, headers = {} } = ask;
  const response = await fetch(url + path, {
    method,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: JSON.parse(text) };
}
