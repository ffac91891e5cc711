/** A role as a member of a fleet: joins control with its token, follows the ledger, keeps it in a folder. */
import type { CompiledSite } from "../core/config/compiled-site.ts";
import { secretPrefix, siteWithSecrets, type WithSecrets } from "../core/config/secrets.ts";
import { defaultSettings, type Settings } from "../core/config/settings.ts";
import { changedForNextStart, settingsWith } from "../core/config/settings-of-ledger.ts";
import type { Coordinates } from "../core/config/types.ts";
import type { MemberRole, Snapshot } from "../core/ledger/snapshot.ts";
import { type Sample, sample } from "../core/metrics/metrics-text.ts";
import { Follower } from "../fleet/follower.ts";
import type { Adoption, FollowerParts } from "../fleet/follower-parts.ts";
import { Identity } from "../fleet/identity.ts";
import { type JoinToken, parseJoinToken } from "../fleet/join-token.ts";
import { SiteKeeper } from "../fleet/site-keeper.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { controlLink } from "../runtime/node/control-link.ts";
import { gunzipText } from "../runtime/node/gunzip.ts";
import { ledgerVerifier, sha256 } from "../runtime/node/ledger-crypto.ts";
import { nodeDisk } from "../runtime/node/node-disk.ts";
import { nodeSecrets } from "../runtime/node/node-secrets.ts";
import { ProcessLoad } from "../runtime/node/process-load.ts";
import { CommandFailure, UsageError } from "./args.ts";
import { version } from "./role.ts";
import { secretOf } from "./secret-of.ts";

/** Flags of every role that can be a member. */
export const FLEET_FLAGS = {
  control: { kind: "urls", help: "Control nodes to follow, asked in turn." },
  join: {
    kind: "string",
    placeholder: "TOKEN",
    env: "ANTIPODE_JOIN",
    help: "The join token, or a file that holds it.",
  },
  data: {
    kind: "string",
    placeholder: "DIR",
    help: "Where the node keeps its credential and the ledger; antipode-ID by default.",
  },
  at: { kind: "place", help: "Where the node stands." },
  region: { kind: "string", help: "The region it belongs to." },
  advertise: { kind: "list", placeholder: "URL,IP", help: "Its own name for redirects, its addresses for DNS." },
} as const;

/** So long after the start nothing is known of the ledger's head, and what is kept answers all the same. */
const UNCONFIRMED_AFTER_MS = 2_000;

/** The values of the flags, and who asks. */
export interface FleetAsk {
  readonly id: string;
  readonly role: MemberRole;
  readonly control: readonly URL[] | undefined;
  readonly join: string | undefined;
  readonly data: string | undefined;
  readonly at: Coordinates | undefined;
  readonly region: string | undefined;
  readonly advertise: readonly string[] | undefined;
}

/** A membership. */
export interface FleetMembership {
  findSite(authority: string): CompiledSite | undefined;
  /** `take` gets all sites now, and whenever the ledger has moved. */
  followSites(take: (sites: readonly CompiledSite[]) => void): void;
  /** The state that the node holds; undefined: it has nothing yet. */
  snapshot(): Snapshot | undefined;
  /** `take` gets that state now, if there is one, and whenever the ledger has moved. */
  onSnapshot(take: (snapshot: Snapshot) => void): void;
  /** `answer` is asked questions of a kind. */
  onAsk(kind: string, answer: (about: unknown) => unknown): void;
  /** Settles when the node holds the ledger, or so much later. */
  arrived(maxMs: number): Promise<void>;
  /** What the ledger makes of these settings now; when it changes them later the operator is told. */
  settingsNow(started: Settings): Settings;
  /** Why the node is not ready; undefined: it is. */
  notReady(): string | undefined;
  /** Whether what the edge had stored before it was started may answer: once the ledger's head was seen, or could not be for 2 s. */
  restoredMayAnswer(): boolean;
  samples(): readonly Sample[];
  /** One more request was answered. */
  count(): void;
  /** What else says how much of what the node can take is used: a share. */
  loadFrom(used: () => number): void;
  /** Tells control something now. */
  beat(): void;
  /** The node is about to stop: control and routers are told. */
  leave(): void;
  /** It stopped on purpose. */
  stop(): void;
}

/** Joins and follows; settles when what is on disk has been taken. Undefined without `--control`. */
export async function joinFleet(
  ask: FleetAsk,
  more: Pick<FollowerParts, "onFleet" | "onProven" | "onGossip" | "tell"> & {
    readonly prepare?: typeof siteSecrets;
  } = {},
): Promise<FleetMembership | undefined> {
  const { id, role, control, at, region, advertise } = ask;
  if (control === undefined) {
    if (ask.join !== undefined && process.env.ANTIPODE_JOIN === undefined)
      throw new UsageError("--join needs --control URL");
    return undefined;
  }
  const token = joinToken(ask.join);
  const verify = ledgerVerifier(token.ledgerKey);
  if (verify === undefined)
    throw new CommandFailure("the join token holds no key; copy join.token of control's data folder whole");
  const link = controlLink(token.tlsFingerprint);
  const disk = nodeDisk(ask.data ?? `antipode-${id}`);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { prepare = siteSecrets, ...hears } = more;
  const keeper = new SiteKeeper({
    ...{ disk, clock: systemClock, prepare, say },
    get generationsKept() {
      return node.settings.configGenerationsKept;
    },
  });
  const node = new NodeState(id, keeper);
  keeper.start();
  const member = { id, role, at, region, advertise };
  const identity = new Identity({
    ...{ member, link, disk, secrets: nodeSecrets, joinSecret: token.secret },
    settings: {
      get credentialLifetimeSeconds() {
        return node.settings.credentialLifetimeSeconds;
      },
    },
  });
  const follower = new Follower({
    urls: control.map((url) => url.href),
    get settings() {
      return node.settings;
    },
    ...{ identity, link, disk, version: version(), clock: systemClock, say, ...hears },
    trust: { digest: sha256, verify, gunzip: gunzipText },
    adopt: (snapshot) => node.adopt(snapshot),
    load: () => node.load.measure(),
    isStopping: () => node.isLeaving,
    answer: ({ kind, about }) => (kind === "status" ? statusOf(follower, node) : node.answers.get(kind)?.(about)),
  });
  await follower.start();
  return membershipOf(follower, node);
}

/** What a node knows of itself. */
class NodeState {
  readonly id: string;
  readonly keeper: SiteKeeper;
  readonly load = new ProcessLoad();
  readonly listeners: ((snapshot: Snapshot) => void)[] = [];
  readonly answers = new Map<string, (about: unknown) => unknown>();
  snapshot: Snapshot | undefined;
  /** Of the following itself: what the ledger sets counts from the next wait on. */
  settings = defaultSettings;
  isLeaving = false;

  constructor(id: string, keeper: SiteKeeper) {
    this.id = id;
    this.keeper = keeper;
  }

  adopt(snapshot: Snapshot): Adoption {
    if (snapshot.settings !== this.snapshot?.settings) this.settings = settingsWith(defaultSettings, snapshot.settings);
    const adoption = this.keeper.adopt(snapshot.sites);
    this.snapshot = snapshot;
    for (const listener of this.listeners) listener(snapshot);
    return adoption;
  }

  get isDrained(): boolean {
    return this.snapshot?.drains.has(this.id) === true;
  }
}

function membershipOf(follower: Follower, node: NodeState): FleetMembership {
  const startedAtMs = systemClock.nowMs();
  const { keeper } = node;
  return {
    findSite: keeper.findSite,
    followSites: (take) => {
      node.listeners.push(() => take(keeper.sites()));
      take(keeper.sites());
    },
    snapshot: () => node.snapshot,
    onSnapshot: (take) => {
      node.listeners.push(take);
      if (node.snapshot !== undefined) take(node.snapshot);
    },
    onAsk: (kind, answer) => void node.answers.set(kind, answer),
    arrived: (maxMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, maxMs);
        const arrive = (): void => {
          clearTimeout(timer);
          resolve();
        };
        if (node.snapshot === undefined) node.listeners.push(arrive);
        else arrive();
      }),
    settingsNow: (started) => settingsAtStart(node, started),
    notReady: () => notReady(follower, node),
    restoredMayAnswer: () => {
      const isConfirmed = (follower.standing.confirmedAtMs ?? 0) > 0;
      return isConfirmed || systemClock.nowMs() - startedAtMs > UNCONFIRMED_AFTER_MS;
    },
    samples: () => {
      const { behind, confirmedAtMs = 0 } = follower.standing;
      return [
        sample("antipode_ledger_behind", behind ? 1 : 0),
        sample("antipode_ledger_confirmed_time_seconds", confirmedAtMs / 1000),
      ];
    },
    count: () => node.load.count(),
    loadFrom: (used) => node.load.alsoFrom(used),
    beat: () => follower.beat(),
    leave: () => {
      node.isLeaving = true;
      follower.beat();
    },
    stop: () => {
      follower.stop();
      keeper.stop();
    },
  };
}

/** Listeners, stores and pools are made with them once; a change is said, and holds from the next start on. */
function settingsAtStart(node: NodeState, started: Settings): Settings {
  const inForce = settingsWith(started, node.snapshot?.settings ?? {});
  let said = "";
  node.listeners.push(({ settings }) => {
    const names = changedForNextStart(inForce, settingsWith(started, settings)).join(", ");
    if (names !== said && names !== "")
      process.stderr.write(`the fleet's settings have changed (${names}); here they hold from the next start on\n`);
    said = names;
  });
  return inForce;
}

function notReady(follower: Follower, node: NodeState): string | undefined {
  const { position, behind } = follower.standing;
  if (position === undefined) return "no ledger yet";
  if (node.isDrained) return "draining";
  return behind ? "behind" : undefined;
}

function statusOf(follower: Follower, node: NodeState): object {
  return {
    ...follower.standing,
    ready: notReady(follower, node) ?? "ready",
    version: version(),
    upSeconds: Math.round(process.uptime()),
    sites: node.keeper.sites().length,
  };
}

/** A site of the ledger gets the secrets that are meant for it: who may write a site must not read the node's environment. */
function siteSecrets(name: string, config: unknown): WithSecrets {
  const prefix = secretPrefix(name);
  return siteWithSecrets(config, "", {
    secret: (secret) => (secret.startsWith(prefix) ? process.env[secret] : undefined),
    howToSet: (secret) =>
      secret.startsWith(prefix) ? `set ${secret} in the environment of each edge` : `name it ${prefix}…`,
  });
}

function joinToken(given: string | undefined): JoinToken {
  if (given === undefined) throw new UsageError("--control needs --join TOKEN: join.token in control's data folder");
  const token = parseJoinToken(secretOf(given, "join.token"));
  if (token === undefined)
    throw new UsageError("--join is no join token, and no file that holds one; control writes it to join.token");
  return token;
}
