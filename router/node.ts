/** A router on Node: the decision, its adapters, its two listeners. */
import type { TtlRules } from "../core/dns/answer-ttl.ts";
import type { ZoneBook } from "../core/dns/zone.ts";
import type { FleetHealth } from "../core/health/fleet-health.ts";
import type { HealthState } from "../core/health/health.ts";
import type { EdgeHealthRules } from "../core/health/health-rules.ts";
import type { ProbeLimits } from "../core/health/probe-schedule.ts";
import { connectionSamples, type Sample } from "../core/metrics/metrics-text.ts";
import { RequestMetrics } from "../core/metrics/request-metrics.ts";
import type { Cidr } from "../core/net/address.ts";
import { clientAddress } from "../core/net/client-address.ts";
import type { Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { type BeaconRules, ReportCount } from "../core/route/beacon.ts";
import { CHOICE_RULES } from "../core/route/choice-rules.ts";
import type { GeoProvider } from "../core/route/geo.ts";
import type { LatencyRules } from "../core/route/latency-model.ts";
import type { Observing } from "../core/trace/observed.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { type DnsLimits, type RunningDns, startDns } from "../runtime/node/dns/name-server.ts";
import { recordingFailures } from "../runtime/node/failure-record.ts";
import type { ListenerLimits, ListenOptions } from "../runtime/node/http1/listener-options.ts";
import { type HostPort, listenBoth } from "../runtime/node/listen-both.ts";
import { ProcessMetrics } from "../runtime/node/process-metrics.ts";
import { refusalRecord } from "../runtime/node/refusal-record.ts";
import type { TlsOptions } from "../runtime/node/tls/accept-tls.ts";
import { routerAdminHandler } from "./admin.ts";
import { DnsAnswers } from "./answer-dns.ts";
import { type ClientSample, Decider } from "./decider.ts";
import { type LearnedFile, LearnedTables } from "./learned-tables.ts";
import type { Router, RouterEdge, RouterLimits, RouterMode, SiteRouting } from "./router.ts";
import { serveRouter } from "./serve.ts";
import { Watch } from "./watch.ts";

/** What a router is started with. */
export interface RouterOptions {
  readonly id: string;
  readonly version: string;
  readonly http: HostPort;
  readonly admin: HostPort | undefined;
  /** The public listener is secured. */
  readonly tls?: TlsOptions;
  /** Both listeners share their addresses with other processes. */
  readonly reusePort?: boolean;
  /** Limits of the public listener; its start values where nothing is said. */
  readonly listenerLimits?: Partial<ListenerLimits>;
  readonly mode: RouterMode;
  readonly edges: readonly RouterEdge[];
  readonly geo: GeoProvider;
  readonly limits: RouterLimits;
  readonly watchLimits: ProbeLimits;
  readonly healthRules: EdgeHealthRules;
  readonly latencyRules: LatencyRules;
  /** Keeps what was learned of round trips. Absent: it is forgotten with the process. */
  readonly learnedFile?: LearnedFile;
  readonly upstream: Upstream<ByteBody>;
  readonly trustedProxies: readonly Cidr[];
  readonly realDelays: boolean;
  /** Connections from these begin with a PROXY header. */
  readonly proxyProtocolFrom?: readonly Cidr[];
  /** Traces and the debug token. */
  readonly observing?: Observing;
  /** Absent: pages cannot measure here. */
  readonly beacon?: BeaconRules;
  /** Gets what clients have measured here. */
  onSample?(sample: ClientSample): void;
  /** Gets the decider, to teach it what was measured elsewhere. */
  onDecider?(decider: Decider): void;
  /** Answers as a name server, too. */
  readonly dns?: HostPort & { readonly limits: DnsLimits & TtlRules; zones(): ZoneBook };
  /** Gets the health of the edges, to tell it what is heard of them by other ways than probes. */
  onHealth?(health: FleetHealth): void;
  /** What the site of an authority demands of routing. */
  siteRouting?(authority: string): SiteRouting | undefined;
  /** What else `/metrics` shows, besides the router's own. */
  moreSamples?(): readonly Sample[];
  onRecord(record: RequestRecord): void;
  onHealthChange(edge: string, before: HealthState, after: HealthState): void;
  onError(error: unknown): void;
}

/** A running router. */
export interface RunningRouter {
  readonly http: HostPort;
  readonly admin: HostPort | undefined;
  readonly dns: HostPort | undefined;
  drain(graceMs: number): Promise<void>;
}

/** Starts a router. Rejects with a `ListenError` when it cannot listen. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const { edges, upstream, id, mode, limits, realDelays, onError, reusePort = false } = options;
  const watch = watchOf(options);
  options.onHealth?.(watch.health);
  const decider = deciderOf(options, watch.health);
  options.onDecider?.(decider);
  const learned = new LearnedTables(decider, systemClock, options);
  await learned.load();
  const metrics = new RequestMetrics();
  const process = new ProcessMetrics();
  let draining = false;
  const record = (made: RequestRecord): void => {
    metrics.add(made);
    options.onRecord(made);
  };
  const router: Router<ByteBody> = {
    ...{ id, mode, edges, decider, limits, realDelays, upstream, watch, record },
    ...{ clock: systemClock, bodies: byteBodies },
    clientOf: (peerAddress, request) => clientAddress(peerAddress, request.fields, options.trustedProxies),
    ...(options.observing !== undefined && { observing: options.observing }),
    ...beaconOf(options),
  };
  const processSamples = (): Sample[] => [
    ...process.samples(),
    ...connectionSamples(listeners.main, listeners.admin),
    ...(dns?.samples() ?? []),
    ...(options.moreSamples?.() ?? []),
  ];
  const dns = await nameServer(options, decider, watch.health);
  const view = { router, startedAtMs: systemClock.nowMs(), version: options.version, metrics, processSamples };
  const listeners = await listenBoth(
    publicListener(options, router, record),
    options.admin && {
      ...options.admin,
      reusePort,
      handler: routerAdminHandler({ ...view, ready: () => !draining }),
      onError,
    },
  ).catch(async (error: unknown) => {
    await dns?.close();
    throw error;
  });
  watch.start();
  learned.start();
  return {
    http: listeners.main.address,
    admin: listeners.admin?.address,
    dns: dns?.address,
    drain: async (graceMs) => {
      draining = !reusePort;
      watch.stop();
      process.stop();
      await Promise.all([dns?.close(), listeners.close(graceMs)]);
      await learned.stop();
    },
  };
}

function watchOf({ upstream, edges, watchLimits: limits, healthRules: rules, onHealthChange }: RouterOptions) {
  return new Watch<ByteBody>({
    ...{ clock: systemClock, bodies: byteBodies },
    ...{ upstream, edges, limits, rules, onChange: onHealthChange },
  });
}

async function nameServer(
  { dns, edges, reusePort = false, onError }: RouterOptions,
  decider: Decider,
  health: FleetHealth,
): Promise<RunningDns | undefined> {
  if (dns === undefined) return undefined;
  const { host, port, limits, zones } = dns;
  const answers = new DnsAnswers({ edges, decider, ttl: limits, conditions: (nowMs) => health.conditions(nowMs) });
  const route = answers.route.bind(answers);
  return startDns({ host, port, reusePort, limits, route, zones, onError });
}

function deciderOf(options: RouterOptions, health: FleetHealth): Decider {
  const { mode, edges, geo, latencyRules, siteRouting } = options;
  return new Decider({
    ...{ mode, edges, geo, health, latencyRules, choiceRules: CHOICE_RULES, nowMs: systemClock.nowMs() },
    ...(siteRouting !== undefined && { siteRouting }),
  });
}

/** With `--wan` round trips are made up on the way through the router: pages would measure this machine. */
function beaconOf({
  beacon: rules,
  realDelays,
  onSample,
}: RouterOptions): Pick<Router<ByteBody>, "beacon" | "onSample"> {
  if (rules === undefined || realDelays) return {};
  return { beacon: { rules, count: new ReportCount(rules.reportsPerSecondMax) }, ...(onSample && { onSample }) };
}

function publicListener(
  options: RouterOptions,
  router: Router<ByteBody>,
  record: (record: RequestRecord) => void,
): ListenOptions {
  const { id, onError, trustedProxies, proxyProtocolFrom, reusePort = false, listenerLimits: limits = {} } = options;
  const sink = { node: id, role: "router", record, onError } as const;
  return {
    ...(options.tls !== undefined && { tls: options.tls }),
    ...{ ...options.http, reusePort, limits, onError, trustedProxies },
    handler: recordingFailures((incoming) => serveRouter(router, incoming), sink),
    onRefused: refusalRecord(id, "router", record),
    ...(proxyProtocolFrom !== undefined && { proxyProtocolFrom }),
  };
}
