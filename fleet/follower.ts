/**
 * A node's life with control: join once, follow the feed of whichever control answers, keep what was adopted on disk, tell
 * control how far it is. Without control it goes on with what it has, for as long as it takes.
 */
import { isVouchedFor, readSignedHead, type SignedHead } from "../core/ledger/chain.ts";
import type { FeedEvent } from "../core/ledger/follow-ports.ts";
import { comparePositions, positionText } from "../core/ledger/position.ts";
import { isMembers } from "../core/ledger/read-json.ts";
import { unreachable } from "../core/unreachable.ts";
import { readAsk, readFleetNews } from "./ask.ts";
import { type Followed, type FollowStep, follow } from "./followed.ts";
import type { Adoption, FollowerParts, Standing } from "./follower-parts.ts";
import { readGossip } from "./gossip.ts";
import { IDENTITY_FILE } from "./identity.ts";
import { LedgerDisk, STATE_FILE } from "./ledger-disk.ts";
import { oneAtATime } from "./one-at-a-time.ts";

const POST_TIMEOUT_MS = 5_000;
/** Entries that come within it are saved together. */
const SAVE_PAUSE_MS = 20;
/** So many beats of control may be missed before it is called silent. */
const SILENT_BEATS = 3;

/** One node's follower. */
export class Follower {
  readonly #parts: FollowerParts;
  #held: Followed | undefined;
  #proven: SignedHead | undefined;
  #confirmedAtMs: number | undefined;
  #adoption: Adoption = { refusedSites: {}, servedVersions: {} };
  readonly #disk: LedgerDisk;
  readonly #save = oneAtATime(() => this.#saveOnce());
  readonly #beat = oneAtATime(() => this.#beatOnce());
  readonly #renew = oneAtATime(() => this.#renewOnce());
  #url = 0;
  #failures = 0;
  #stopped = false;
  #lastSaid = "";
  #saidSkew = false;
  #cancelFeed: () => void = () => {};
  #cancelWait: () => void = () => {};
  #cancelBeat: () => void = () => {};

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#disk = new LedgerDisk(parts.disk, parts.trust);
  }

  /** Takes what is on disk and begins to follow. Settles when the disk was read; a disk that cannot be read counts as empty. */
  async start(): Promise<void> {
    const { identity, say } = this.#parts;
    await identity.load();
    const onDisk = await this.#disk.load();
    if (onDisk.kind === "damaged") say(`${STATE_FILE} is damaged or of another ledger; it is fetched anew`);
    if (onDisk.kind === "held") this.#adopt(onDisk.followed);
    void this.#live();
    this.#scheduleBeat();
  }

  /** How it stands now. */
  get standing(): Standing {
    const position = this.#held?.head;
    const proven = this.#proven;
    const behind = position !== undefined && proven !== undefined && comparePositions(position, proven) < 0;
    return { position: position && positionText(position), behind, confirmedAtMs: this.#confirmedAtMs };
  }

  /** Sends a heartbeat now. */
  beat(): void {
    this.#beat();
  }

  /** Ends it; what it holds stays in force. */
  stop(): void {
    this.#stopped = true;
    this.#cancelFeed();
    this.#cancelWait();
    this.#cancelBeat();
  }

  async #live(): Promise<void> {
    while (!this.#stopped) {
      const { credential } = this.#parts.identity;
      if (credential === undefined) await this.#join();
      else await this.#followOnce(credential);
      if (!this.#stopped) await this.#wait();
    }
  }

  async #join(): Promise<void> {
    const { identity, clock } = this.#parts;
    const attempt = await identity.join(this.#currentUrl(), clock.nowMs());
    if (attempt.kind === "failed") this.#fail(attempt.detail);
    else this.#failures = 0;
  }

  async #followOnce(token: string): Promise<void> {
    const { link, settings } = this.#parts;
    const url = this.#currentUrl();
    const feed = link.follow(url, {
      token,
      after: this.#held && positionText(this.#held.head),
      hash: this.#held?.head.hash,
      wantsFleet: this.#parts.onFleet !== undefined,
      silenceMs: settings.feedHeadIntervalMs * SILENT_BEATS,
      connectMs: settings.controlConnectTimeoutMs,
      onEvent: (event) => this.#hear(event),
    });
    this.#cancelFeed = feed.cancel;
    const end = await feed.ended;
    // What waits was never vouched for: it comes again.
    if (this.#held !== undefined) this.#held = { ...this.#held, tip: this.#held.head, waiting: [] };
    if (this.#stopped) return;
    if (end.kind === "refused" && end.status === 401) return await this.#refused(url);
    this.#fail(`no control at ${url}: ${end.detail}; this node goes on with what it has`);
  }

  async #refused(url: string): Promise<void> {
    const { identity, clock } = this.#parts;
    if (await identity.wasRefused(clock.nowMs())) return;
    this.#fail(
      `control at ${url} does not know this node's credential (revoked?); it serves what it has. To join again, remove the file "${IDENTITY_FILE}" in its data folder and start it`,
    );
  }

  #hear(event: FeedEvent): void {
    const { trust, onFleet, onGossip } = this.#parts;
    if (event.type === "ask") void this.#answer(event.data);
    else if (event.type === "fleet") {
      onFleet?.(readFleetNews(event.data));
      onGossip?.(readGossip(event.data));
    } else this.#act(follow(this.#held, event, trust));
  }

  async #answer(data: string): Promise<void> {
    const { answer, identity, link } = this.#parts;
    const ask = readAsk(data);
    const token = identity.credential;
    if (ask === undefined || token === undefined) return;
    const body = await answer?.(ask);
    if (body === undefined) return;
    // An answer that does not arrive is silence: nothing waits for it here.
    await link.post(this.#currentUrl(), { path: `/v1/answers/${ask.id}`, token, body, timeoutMs: POST_TIMEOUT_MS });
  }

  #act(step: FollowStep): void {
    switch (step.kind) {
      case "nothing":
        break;
      case "waiting":
        this.#held = step.followed;
        break;
      case "adopted":
        this.#disk.take(step.followed, step.entries);
        this.#adopt(step.followed);
        this.#save();
        this.#confirm();
        break;
      case "confirmed":
        this.#held = step.followed;
        this.#confirm();
        break;
      case "resync":
        if (step.proven !== undefined) this.#proven = step.proven;
        this.#cancelFeed();
        break;
      case "rolled-back":
        this.#say(`${step.reason}; control is told`);
        this.#beat();
        this.#cancelFeed();
        break;
      case "refused":
        this.#say(`what came from ${this.#currentUrl()} is not believed: ${step.reason}`);
        this.#cancelFeed();
        break;
      default:
        unreachable(step);
    }
  }

  /** One assignment: from here on the node works with the new state. */
  #adopt(followed: Followed): void {
    this.#adoption = this.#parts.adopt(followed.snapshot);
    this.#held = followed;
  }

  #confirm(): void {
    const isFirst = this.#confirmedAtMs === undefined;
    this.#confirmedAtMs = this.#parts.clock.nowMs();
    this.#proven = this.#held?.head;
    if (this.#proven !== undefined) this.#parts.onProven?.(this.#proven);
    if (this.#failures > 0 && this.#lastSaid !== "") this.#parts.say("control is there again");
    this.#failures = 0;
    this.#lastSaid = "";
    if (isFirst) this.#renew();
  }

  /** What was adopted meanwhile goes with the next one. */
  async #saveOnce(): Promise<void> {
    const { clock } = this.#parts;
    const startedMs = clock.nowMs();
    let pauseShare = 9;
    try {
      const written = await this.#disk.save();
      if (written === "nothing") return;
      // Lines are short: who waits for a purge waits for no more than the pause that writes share.
      if (written === "lines") pauseShare = 0;
      this.#beat();
    } catch (error) {
      this.#say(`cannot keep the ledger on disk: ${error}`);
    }
    // A large state takes long to write: at most a tenth of the time goes into it, however many entries come.
    const tookMs = Math.max(0, clock.nowMs() - startedMs);
    await new Promise<void>((resolve) => clock.after(Math.max(SAVE_PAUSE_MS, pauseShare * tookMs), resolve));
  }

  #scheduleBeat(): void {
    this.#cancelBeat = this.#parts.clock.after(this.#parts.settings.heartbeatIntervalMs, () => {
      this.#save();
      this.#beat();
      this.#renew();
      this.#scheduleBeat();
    });
  }

  async #renewOnce(): Promise<void> {
    const { identity, clock } = this.#parts;
    const isConfirmed = this.#failures === 0 && this.#confirmedAtMs !== undefined;
    if (!isConfirmed || this.#stopped) return;
    const attempt = await identity.renew(this.#currentUrl(), {
      nowMs: clock.nowMs(),
      known: this.#held?.snapshot.members,
    });
    if (attempt.kind === "failed") this.#parts.say(attempt.detail);
  }

  async #beatOnce(): Promise<void> {
    const { link, trust, identity } = this.#parts;
    const token = identity.credential;
    // Heartbeats speak of what is on the disk.
    const position = this.#disk.position;
    if (token === undefined || position === undefined || this.#stopped) return;
    const { version, load, isStopping } = this.#parts;
    const self = { position, head: this.#held?.head, version, load: load?.(), draining: isStopping?.() ?? false };
    const body = { ...this.#parts.tell?.(), ...self, ...this.#adoption };
    const about = { path: "/v1/heartbeat", token, body, timeoutMs: POST_TIMEOUT_MS };
    const answer = await link.post(this.#currentUrl(), about);
    const head = answer.kind === "answer" && isMembers(answer.json) ? readSignedHead(answer.json.head) : undefined;
    if (head === undefined || !isVouchedFor(head, trust.verify)) return;
    this.#lookAtClock(head.at);
    if (this.#proven === undefined || comparePositions(head, this.#proven) > 0) this.#proven = head;
  }

  /** Said once until it is well again: a wrong clock makes certificates and freshness wrong, and nothing else. */
  #lookAtClock(theirsMs: number): void {
    const { clock, settings, say } = this.#parts;
    const skewMs = Math.round(clock.nowMs() - theirsMs);
    const isWrong = Math.abs(skewMs) > settings.clockSkewAlarmMs;
    if (isWrong && !this.#saidSkew)
      say(`the clock of this node and control's differ by ${skewMs} ms; set them by NTP. It serves as before`);
    this.#saidSkew = isWrong;
  }

  #fail(line: string): void {
    this.#failures += 1;
    this.#say(line);
    this.#url += 1;
  }

  /** Once, until something else is to be said. */
  #say(line: string): void {
    if (line === this.#lastSaid) return;
    this.#lastSaid = line;
    this.#parts.say(line);
  }

  /** Full jitter: a fleet that lost control at once must not come back at once. */
  async #wait(): Promise<void> {
    const { clock, settings } = this.#parts;
    const { reconnectDelayMinMs, reconnectDelayMaxMs } = settings;
    const longestMs = Math.min(
      reconnectDelayMaxMs,
      reconnectDelayMinMs * 2 ** Math.min(Math.max(0, this.#failures - 1), 20),
    );
    await new Promise<void>((resolve) => {
      const call = clock.after(clock.random() * longestMs, resolve);
      this.#cancelWait = () => {
        call();
        resolve();
      };
    });
  }

  #currentUrl(): string {
    return this.#parts.urls[this.#url % this.#parts.urls.length] ?? "";
  }
}
