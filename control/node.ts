/** Control on Node: the app, the watch over the nodes, the ledger of a data folder, one listener. */
import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { defaultSettings, type Settings } from "../core/config/settings.ts";
import { settingsWith } from "../core/config/settings-of-ledger.ts";
import type { Clock } from "../core/ports.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { ListenError } from "../runtime/node/http1/listen-error.ts";
import { ledgerSigner, ledgerVerifier, newLedgerKey, sha256 } from "../runtime/node/ledger-crypto.ts";
import { ProcessMetrics } from "../runtime/node/process-metrics.ts";
import { SqliteLedger } from "../runtime/node/sqlite-ledger.ts";
import {
  authorityCertificate,
  fleetAuthority,
  newTlsKey,
  selfSignedCertificate,
  tlsFingerprint,
} from "../runtime/node/x509/authority.ts";
import type { ApiParts } from "./api.ts";
import { firstRouter } from "./api-route.ts";
import { controlApp } from "./app.ts";
import { Asks } from "./asks.ts";
import { type DataFolder, openDataFolder, secretFile } from "./data-folder.ts";
import { FleetState } from "./fleet-state.ts";
import { type AskAdmin, NodeWatch } from "./node-watch.ts";
import { openLedger } from "./open-ledger.ts";
import { PurgeRates } from "./purge-rates.ts";
import { PurgeSchedule } from "./purge-schedule.ts";
import { Receipts } from "./receipts.ts";
import { watchedNodes } from "./watched-nodes.ts";

const ASK_TIMEOUT_MS = 800;
const ANSWER_MAX_BYTES = 1024 * 1024;
const STOP_GRACE_MS = 1_000;

/** Where to listen. */
interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A certificate with its key, both in PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** What control is started with. */
export interface ControlOptions {
  /** Names nodes to watch; they need not be members. */
  readonly config: unknown;
  readonly listen: HostPort;
  readonly version: string;
  /** Where the ledger lies; undefined: no ledger, only the status page. */
  readonly data?: string | undefined;
  /** `own`: with a certificate of its own making, kept in `data`. Absent: plain HTTP, under this machine's own names only. */
  readonly tls?: TlsIdentity | "own" | undefined;
  readonly settings?: Settings;
  /** Says something to the operator. */
  readonly say?: (line: string) => void;
}

/** A running control. */
export interface RunningControl {
  readonly listening: HostPort;
  /** Of its TLS key, in hexadecimal; undefined: plain HTTP. */
  readonly tlsFingerprint: string | undefined;
  close(): Promise<void>;
}

/** Starts control. Fails when it cannot listen or cannot open its data folder. */
export async function startControl(options: ControlOptions, clock: Clock = systemClock): Promise<RunningControl> {
  const { version, say = () => {}, settings = defaultSettings } = options;
  const data = options.data === undefined ? undefined : openDataFolder(options.data);
  const tls = identityOf(options, data, clock.nowMs());
  const fingerprint = tls && tlsFingerprint(tls.cert);
  const { auditEntriesKept } = settings;
  const about = { runtime: LEDGER_RUNTIME, clock, tlsFingerprint: fingerprint, auditEntriesKept, say };
  const opened = data && (await openLedger(data, about));
  const nodes = watchedNodes(options.config);
  const watch = new NodeWatch({ nodes, clock, ask: askAdmin });
  const askRouter = firstRouter(nodes, askAdmin);
  const process = new ProcessMetrics();
  const processSamples = () => process.samples();
  const fleet = new FleetState();
  const { receiptAbsentAfterSeconds } = settingsWith(settings, opened?.ledger.snapshot.settings ?? {});
  const absentAfterMs = receiptAbsentAfterSeconds * 1_000;
  const receipts = new Receipts(fleet, { absentAfterMs, nowMs: clock.nowMs() });
  const parts = { fleet, receipts, asks: new Asks(clock), clock, settings, version, say, askRouter };
  const app = controlApp({
    ...{ watch, clock, version, processSamples, askRouter },
    allowsHost: tls === undefined ? isLocalHost : () => true,
    ...(opened && { api: withSettingsOfLedger({ ...parts, ...opened }) }),
  });
  const secure = tls && { createServer: createTlsServer, serverOptions: { ...tls, minVersion: "TLSv1.2" as const } };
  const server = createAdaptorServer({ fetch: app.fetch, ...secure });
  server.listen(options.listen.port, options.listen.host);
  await once(server, "listening").catch((error: unknown) => {
    throw new ListenError(options.listen, error instanceof Error ? error : new Error(String(error)));
  });
  void watch.run();
  const schedule = opened && new PurgeSchedule({ ledger: opened.ledger, clock, receipts, say });
  const { address, port } = server.address() as AddressInfo;
  return {
    listening: { host: address, port },
    tlsFingerprint: fingerprint,
    close: async () => {
      watch.close();
      schedule?.stop();
      process.stop();
      await closeServer(server);
      await opened?.close();
    },
  };
}

/** The same with the settings and rates that are in force when they are looked at. New settings begin the rates anew. */
function withSettingsOfLedger(parts: Omit<ApiParts, "purgeRates">): ApiParts {
  const { ledger, settings: started } = parts;
  let of = ledger.snapshot.settings;
  const made = () => {
    const settings = settingsWith(started, of);
    return { settings, purgeRates: new PurgeRates(settings) };
  };
  let inForce = made();
  const now = () => {
    if (ledger.snapshot.settings === of) return inForce;
    of = ledger.snapshot.settings;
    inForce = made();
    return inForce;
  };
  return {
    ...parts,
    get settings() {
      return now().settings;
    },
    get purgeRates() {
      return now().purgeRates;
    },
  };
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = once(server, "close");
  server.close();
  if ("closeIdleConnections" in server) server.closeIdleConnections();
  const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), STOP_GRACE_MS);
  await closed;
  clearTimeout(cut);
}

/** What a ledger is made of on Node. */
export const LEDGER_RUNTIME = {
  openEngine: (file: string) => new SqliteLedger(file),
  digest: sha256,
  newKey: newLedgerKey,
  signer: ledgerSigner,
  verifier: ledgerVerifier,
  newTlsKey,
  authorityCertificate,
  authority: fleetAuthority,
};

/** The certificate to serve with: the one that is given, or its own, made once. */
function identityOf(
  { tls, listen }: ControlOptions,
  data: DataFolder | undefined,
  nowMs: number,
): TlsIdentity | undefined {
  if (tls !== "own") return tls;
  if (data === undefined) throw new Error("a certificate of its own needs a data folder to be kept in");
  const key = secretFile(data.tlsKeyFile, newTlsKey);
  const hosts = [...new Set(["localhost", "127.0.0.1", "::1", ...(isWildcard(listen.host) ? [] : [listen.host])])];
  return { key, cert: secretFile(data.tlsFile, () => selfSignedCertificate(key, hosts, nowMs)) };
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Plain HTTP is served on loopback only, and only under this machine's own names. */
function isLocalHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}

/** Asks over HTTP; whatever goes wrong is silence. */
const askAdmin: AskAdmin = async (url) => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), redirect: "error" });
    const length = Number(response.headers.get("content-length") ?? 0);
    const isJson = response.headers.get("content-type")?.includes("json") === true && length <= ANSWER_MAX_BYTES;
    const text = isJson ? await response.text() : "";
    if (!isJson) await response.body?.cancel();
    return { status: response.status, json: isJson ? JSON.parse(text) : undefined };
  } catch {
    return undefined;
  }
};
