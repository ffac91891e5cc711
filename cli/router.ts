/** `antipode router`: sends each client to the nearest healthy edge. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ReachableEdge, reachableEdges } from "../control/fleet-edges.ts";
import { defaultSettings } from "../core/config/settings.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import type { LearnedFile } from "../router/learned-tables.ts";
import { startRouter } from "../router/node.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { limitsOfSettings, responseLimitsOf } from "../runtime/node/http1/limits-of-settings.ts";
import { ListenError } from "../runtime/node/http1/listen-error.ts";
import { firstLine, loadLines, saveLines } from "../runtime/node/learned-file.ts";
import { NodeUpstream } from "../runtime/node/upstream.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { FLEET_FLAGS, type FleetAsk, joinFleet } from "./fleet.ts";
import { GEO_FLAGS, geoProvider } from "./geo-provider.ts";
import { type LoadedConfig, loadConfig } from "./load-config.ts";
import { startObserving } from "./observing.ts";
import { proxyProtocol, ROLE_FLAGS, reportBug, sayReady, trustedProxies, untilStopped, version } from "./role.ts";
import { RoutedZones } from "./routed-zones.ts";
import { edgesOfLedger, edgesOrFailure, FleetEar, siteRoutingOf } from "./router-fleet.ts";
import { rulesOfSettings } from "./router-rules.ts";
import { TLS_FLAGS, tlsOf } from "./tls.ts";

/** The command. */
export const command = defineCommand({
  summary: "send each client to the nearest healthy edge, by proxying or by redirect",
  help: "Looks up where a client is, ranks the edges of the config by the round trip to expect, and answers with the best one that is healthy. In proxy mode a request that gets no answer is asked of the next edge before the client notices.",
  flags: {
    config: { kind: "string", placeholder: "FILE", help: "The config that names the edges." },
    ...FLEET_FLAGS,
    http: { kind: "hostport", default: "127.0.0.1:8080", help: "Where to listen for clients." },
    ...TLS_FLAGS,
    admin: { kind: "hostport", help: "Where to serve /livez, /readyz, /metrics, /status.json and /v1/route?ip=." },
    dns: { kind: "hostport", help: "Where to answer as a name server, over UDP and TCP: docs/dns.md." },
    mode: { kind: "string", choices: ["proxy", "redirect"], default: "proxy", help: "How the answer is given." },
    data: {
      kind: "string",
      placeholder: "DIR",
      help: "Keep what is learned of round trips, and with --control the ledger, in DIR.",
    },
    ...GEO_FLAGS,
    id: { kind: "string", default: "router", help: "The router's name in Via." },
    wan: { kind: "boolean", help: "Add the delay that light in fibre takes between client and edge." },
    ...ROLE_FLAGS,
  },
  examples: [
    "router --control https://control.example:8443 --join join.token --http 0.0.0.0:80",
    "router --config antipode.config.json --http 0.0.0.0:80 --admin 127.0.0.1:8280",
  ],
  run: async ({ flags }) => {
    if (flags.config === undefined && flags.control === undefined)
      throw new UsageError("give --config FILE, which names the edges, or --control URL, where they have joined");
    const config = flags.config === undefined ? undefined : await loadConfig(flags.config);
    const { ear, fleet, edges } = await fleetOf(flags, config);
    const started = config?.settings ?? defaultSettings;
    const settings = fleet?.settingsNow(started) ?? started;
    const zones = new RoutedZones(config, settings, systemClock.nowMs);
    fleet?.onSnapshot(zones.onSnapshot);
    const trusted = trustedProxies(flags.trustProxy);
    const upstream = new NodeUpstream({ responseLimits: responseLimitsOf(settings) });
    const about = { node: flags.id, role: "router", version: version(), trusted, upstream };
    const observation = await startObserving(flags, about);
    const router = await startRouter({
      id: flags.id,
      version: version(),
      http: flags.http,
      ...tlsOf(flags, settings),
      reusePort: flags.reusePort,
      listenerLimits: limitsOfSettings(settings),
      admin: flags.admin,
      mode: flags.mode,
      edges,
      onHealth: (health) => ear.listen(health),
      onDecider: (decider) => ear.teach(decider),
      onSample: ear.onSample,
      geo: geoProvider(flags, edges),
      ...rulesOfSettings(settings, flags.mode),
      ...(flags.dns !== undefined && { dns: { ...flags.dns, limits: settings, zones: zones.book } }),
      siteRouting: siteRoutingOf(fleet, config),
      ...learnedFile(flags.data),
      trustedProxies: trusted,
      ...proxyProtocol(flags.proxyProtocol, trusted),
      upstream,
      realDelays: flags.wan,
      ...observation,
      onHealthChange: (edge, before, after) => {
        process.stderr.write(`edge ${edge}: ${before} → ${after}\n`);
        fleet?.beat();
      },
      onError: reportBug,
    }).catch((error: unknown) => {
      throw error instanceof ListenError ? new CommandFailure(error.message) : error;
    });
    sayReady("router", {
      [flags.tlsCert === undefined ? "http" : "https"]: router.http,
      dns: router.dns,
      admin: router.admin,
    });
    await untilStopped({ drain: (graceMs) => router.drain(graceMs), observation }, settings.drainMs);
    fleet?.stop();
    await upstream.destroy();
    return 0;
  },
});

/** Without anything on its disk a router waits so long for control. */
const ARRIVAL_MAX_MS = 10_000;

/** Joins the fleet, if there is one, and finds the edges: in the file, or in the ledger. */
async function fleetOf(
  flags: Omit<FleetAsk, "role"> & { readonly config: string | undefined },
  config: LoadedConfig | undefined,
) {
  const ear = new FleetEar(systemClock.nowMs);
  const { onFleet, onProven, onGossip, tell } = ear;
  const fleet = await joinFleet({ ...flags, role: "router" }, { onFleet, onProven, onGossip, tell });
  fleet?.onSnapshot(ear.onSnapshot);
  // A file may be there for `dns` or `settings` alone.
  const isNamed = config !== undefined && (fleet === undefined || config.edges.size > 0);
  if (isNamed) return { ear, fleet, edges: edgesOf(config, flags.config ?? "") };
  await fleet?.arrived(ARRIVAL_MAX_MS);
  const edges = edgesOrFailure(fleet?.snapshot());
  fleet?.onSnapshot(sayWhenEdgesChange(edges));
  return { ear, fleet, edges };
}

/** An edge that joins or leaves is taken into account at the next start. */
function sayWhenEdgesChange(edges: readonly ReachableEdge[]): (snapshot: Snapshot) => void {
  const namesOf = (list: readonly ReachableEdge[]) =>
    list
      .map(({ id, target }) => `${id} ${target.host}:${target.port}`)
      .sort()
      .join();
  let known = namesOf(edges);
  return ({ members }) => {
    const names = namesOf(edgesOfLedger(members).edges);
    if (names === known) return;
    known = names;
    process.stderr.write("the edges of the fleet have changed; restart this router to route by them\n");
  };
}

function learnedFile(directory: string | undefined): { readonly learnedFile?: LearnedFile } {
  if (directory === undefined) return {};
  const file = join(directory, "round-trips.txt");
  return {
    learnedFile: {
      load: () => loadLines(file),
      head: () => firstLine(file),
      save: async (lines) => {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await saveLines(file, lines);
      },
    },
  };
}

/** The edges that can be reached; a config without any is of no use to a router. */
function edgesOf(config: LoadedConfig, file: string): ReturnType<typeof reachableEdges>["edges"] {
  const { edges, unreachable } = reachableEdges(config.edges, config.routing);
  for (const id of unreachable) process.stderr.write(`edge ${id} has neither "listen" nor "addresses": left out\n`);
  if (edges.length === 0) {
    throw new CommandFailure(
      `${file} names no edge to route to; add edges: { nyc: { at: [40.7, -74], addresses: ["192.0.2.1"] } }`,
    );
  }
  return edges;
}
