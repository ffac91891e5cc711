/** A follower with its real link and disk, beside a control of a test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSettings } from "../../core/config/settings.ts";
import { SiteBook } from "../../core/config/site-book.ts";
import type { NodeDisk } from "../../core/ledger/follow-ports.ts";
import type { Snapshot } from "../../core/ledger/snapshot.ts";
import { Follower } from "../../fleet/follower.ts";
import type { FollowerParts } from "../../fleet/follower-parts.ts";
import { Identity } from "../../fleet/identity.ts";
import { parseJoinToken } from "../../fleet/join-token.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { controlLink } from "../../runtime/node/control-link.ts";
import { gunzipText } from "../../runtime/node/gunzip.ts";
import { ledgerVerifier, sha256 } from "../../runtime/node/ledger-crypto.ts";
import { nodeDisk } from "../../runtime/node/node-disk.ts";
import { nodeSecrets } from "../../runtime/node/node-secrets.ts";

/** A follower, what it has adopted, and what it said. */
export interface FollowerUnderTest {
  readonly follower: Follower;
  readonly identity: Identity;
  readonly book: SiteBook;
  readonly said: string[];
  readonly folder: string;
  snapshot(): Snapshot | undefined;
  /** Called at each adoption. */
  onAdopt(listener: (snapshot: Snapshot) => void): void;
  remove(): void;
}

/** Starts one. */
export async function followerUnderTest(options: {
  readonly id: string;
  readonly urls: readonly string[];
  readonly joinToken: string;
  readonly folder?: string;
  readonly facts?: { readonly at?: readonly [number, number]; readonly region?: string };
  readonly credentialLifetimeSeconds?: number;
  /** Instead of the folder. */
  readonly disk?: NodeDisk;
  readonly extra?: Partial<FollowerParts>;
}): Promise<FollowerUnderTest> {
  const token = parseJoinToken(options.joinToken);
  const verify = token && ledgerVerifier(token.ledgerKey);
  if (token === undefined || verify === undefined) throw new Error("no join token");
  const { folder = mkdtempSync(join(tmpdir(), "antipode-node-")) } = options;
  const said: string[] = [];
  const book = new SiteBook();
  let snapshot: Snapshot | undefined;
  const listeners: ((snapshot: Snapshot) => void)[] = [];
  const link = controlLink(token.tlsFingerprint);
  const disk = options.disk ?? nodeDisk(folder);
  const identity = new Identity({
    member: { id: options.id, role: "edge", ...options.facts },
    joinSecret: token.secret,
    settings: { credentialLifetimeSeconds: options.credentialLifetimeSeconds ?? 86_400 },
    ...{ link, disk, secrets: nodeSecrets },
  });
  const follower = new Follower({
    urls: options.urls,
    ...{ identity, link, disk },
    trust: { digest: sha256, verify, gunzip: gunzipText },
    clock: systemClock,
    version: "test",
    settings: { ...defaultSettings, reconnectDelayMinMs: 20, reconnectDelayMaxMs: 100 },
    adopt: (adopted) => {
      snapshot = adopted;
      const refused = book.adopt(adopted.sites);
      for (const listener of listeners) listener(adopted);
      return refused;
    },
    say: (line) => void said.push(line),
    ...options.extra,
  });
  await follower.start();
  const remove = () => {
    follower.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    follower,
    identity,
    book,
    said,
    folder,
    snapshot: () => snapshot,
    onAdopt: (listener) => void listeners.push(listener),
    remove,
  };
}
