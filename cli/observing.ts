/** What the commands that serve have in common in observing: the access log, traces, the debug token. */

import { logLine } from "../core/log/log-line.ts";
import { DEFAULT_REDACTION, type Redaction, SECRET_QUERY_NAMES } from "../core/log/redact.ts";
import type { Sample } from "../core/metrics/metrics-text.ts";
import { type Cidr, contains, parseAddress } from "../core/net/address.ts";
import type { Target, Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { DEBUG_TOKEN_MIN_LENGTH, type Observing } from "../core/trace/observed.ts";
import type { SpanSource } from "../core/trace/otlp.ts";
import type { ByteBody } from "../runtime/memory/bodies.ts";
import { AccessLog, type LogSink } from "../runtime/node/access-log.ts";
import { FileSink } from "../runtime/node/access-log-file.ts";
import { streamSink } from "../runtime/node/access-log-stream.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { OtlpExporter } from "../runtime/node/otlp-exporter.ts";
import { CommandFailure, type FlagTable, type FlagValues, UsageError } from "./args.ts";

/** Flags of every role that answers the public. */
export const OBSERVING_FLAGS = {
  accessLog: {
    kind: "string",
    choices: ["json", "combined", "off"],
    default: "off",
    help: "Write a line for each request, on standard output unless --access-log-file is given.",
  },
  accessLogFile: { kind: "string", placeholder: "FILE", help: "Append the lines to this file." },
  accessLogMaxSize: { kind: "size", default: "0b", help: "Set the file aside when it has this size; 0b never does." },
  accessLogKeep: { kind: "number", default: "5", min: "0", max: "1000", help: "How many of these files are kept." },
  logAddress: {
    kind: "string",
    choices: ["cut", "full", "none"],
    default: "cut",
    help: "Client addresses in logs and spans: their /24 or /48, whole, or not at all.",
  },
  logHide: { kind: "list", placeholder: "NAME", help: "Query parameters to hide as well as tokens and passwords." },
  otlp: { kind: "url", help: "A collector of OpenTelemetry traces, for instance http://127.0.0.1:4318." },
  traceShare: {
    kind: "number",
    default: "0.01",
    min: "0",
    max: "1",
    help: "With --otlp: the share of traces to send.",
  },
  debugToken: {
    kind: "string",
    placeholder: "TOKEN",
    env: "ANTIPODE_DEBUG_TOKEN",
    help: "Requests with this X-Antipode-Debug get a Server-Timing; better set in the environment.",
  },
} as const satisfies FlagTable;

/** Where records go, and how requests are observed. */
export interface Observation {
  readonly observing: Observing;
  onRecord(record: RequestRecord): void;
  moreSamples(): readonly Sample[];
  /** Writes and sends what waits, for so long at most. */
  close(graceMs: number): Promise<void>;
}

/** Whose requests are observed. */
export interface Observed extends SpanSource {
  readonly trusted: readonly Cidr[];
  /** What spans are sent through. */
  readonly upstream: Upstream<ByteBody>;
}

/** Opens the log and the exporter that the flags ask for. */
export async function startObserving(
  flags: FlagValues<typeof OBSERVING_FLAGS>,
  observed: Observed,
): Promise<Observation> {
  const hidden = [...SECRET_QUERY_NAMES, ...(flags.logHide ?? []).map((name) => name.toLowerCase())];
  const redaction = { ...DEFAULT_REDACTION, queryNames: new Set(hidden), address: flags.logAddress };
  const observing = observingOf(flags, observed.trusted);
  const log = await openLog(flags, redaction);
  const exporter = exporterOf(flags.otlp, observed, redaction);
  return {
    observing,
    onRecord: (record) => {
      log?.write(record);
      exporter?.add(record);
    },
    moreSamples: () => [...(log?.samples() ?? []), ...(exporter?.samples() ?? [])],
    close: async (graceMs) => {
      await Promise.all([log?.close(graceMs), exporter?.close(graceMs)]);
      // A reader of standard output that has stopped reading must not keep the process for ever.
      setTimeout(() => process.exit(), graceMs).unref();
    },
  };
}

function observingOf(flags: FlagValues<typeof OBSERVING_FLAGS>, trusted: readonly Cidr[]): Observing {
  const { debugToken, otlp, traceShare } = flags;
  if (debugToken !== undefined && debugToken.length < DEBUG_TOKEN_MIN_LENGTH) {
    throw new UsageError(
      `--debug-token has ${debugToken.length} characters; it needs ${DEBUG_TOKEN_MIN_LENGTH} or more`,
    );
  }
  return {
    trace: { exports: otlp !== undefined, sampleRatio: otlp === undefined ? 0 : traceShare, random: Math.random },
    debugToken,
    isTrusted: (peerAddress) => {
      const peer = parseAddress(peerAddress);
      return peer !== undefined && trusted.some((range) => contains(range, peer));
    },
  };
}

async function openLog(
  flags: FlagValues<typeof OBSERVING_FLAGS>,
  redaction: Redaction,
): Promise<AccessLog | undefined> {
  const { accessLog, accessLogFile, accessLogMaxSize, accessLogKeep } = flags;
  if (accessLog === "off") {
    if (accessLogFile === undefined) return undefined;
    throw new UsageError("--access-log-file needs --access-log json or --access-log combined");
  }
  const sink =
    accessLogFile === undefined
      ? streamSink(process.stdout)
      : await openFile({ path: accessLogFile, maxBytes: accessLogMaxSize, keptFiles: accessLogKeep });
  return new AccessLog(sink, logLine(accessLog, redaction), (error) => {
    process.stderr.write(`access log: lines are lost (${error instanceof Error ? error.message : error})\n`);
  });
}

async function openFile(options: Parameters<typeof FileSink.open>[0]): Promise<LogSink> {
  const sink = await FileSink.open(options).catch((error: Error) => {
    throw new CommandFailure(`cannot write --access-log-file ${options.path} (${error.message})`);
  });
  // Whoever moves the file away says so by one of these.
  process.on("SIGHUP", () => sink.reopen());
  process.on("SIGUSR2", () => sink.reopen());
  return sink;
}

function exporterOf(url: URL | undefined, observed: Observed, redaction: Redaction): OtlpExporter | undefined {
  if (url === undefined) return undefined;
  const { upstream, node, role, version } = observed;
  const source = { node, role, version };
  // As the OpenTelemetry environment variables have it: a base gets the path of traces.
  const path = url.pathname === "/" ? "/v1/traces" : url.pathname;
  return new OtlpExporter({ to: targetOf(url), path, source, redaction, upstream, clock: systemClock });
}

function targetOf({ protocol, hostname, port }: URL): Target {
  const scheme = protocol === "https:" ? "https" : "http";
  return {
    scheme,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (scheme === "https" ? 443 : 80) : Number(port),
  };
}
