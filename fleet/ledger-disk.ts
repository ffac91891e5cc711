/**
 * The ledger on a node's disk: the whole state now and then, and beside it a journal of what came since. An entry costs one
 * synced line, however large the state is. Whatever a crash leaves reads back as a state that control has vouched for.
 */
import {
  type Head,
  isVouchedFor,
  linkOf,
  readSealedEntry,
  readSignedHead,
  type SealedEntry,
  type SignedHead,
} from "../core/ledger/chain.ts";
import { fold } from "../core/ledger/fold.ts";
import type { NodeDisk } from "../core/ledger/follow-ports.ts";
import { positionText } from "../core/ledger/position.ts";
import { isMembers, parseJson } from "../core/ledger/read-json.ts";
import { type Followed, followedText, readFollowed, type Trust } from "./followed.ts";

/** The whole state. */
export const STATE_FILE = "ledger.json";
/** What came since: a line for each head that was adopted, with its entries. */
export const JOURNAL_FILE = "ledger.journal";
/** The state is written anew once the journal is as long as it, but not sooner, and not later, than this. */
const JOURNAL_MIN_CHARACTERS = 262_144;
const JOURNAL_MAX_CHARACTERS = 4_194_304;
/** Lines that may wait for a slow disk; with more the state is written whole. */
const LINES_MAX = 10_000;

/** What was read at the start. */
export type LedgerOnDisk =
  | { readonly kind: "held"; readonly followed: Followed }
  | { readonly kind: "nothing" }
  /** It is no state of this ledger. */
  | { readonly kind: "damaged" };

/** Keeps what one follower has adopted. */
export class LedgerDisk {
  readonly #disk: NodeDisk;
  readonly #trust: Trust;
  #taken: Followed | undefined;
  /** What the journal is to get; undefined: the whole state has to be written. */
  #lines: string[] | undefined;
  #journalCharacters = 0;
  #wholeCharacters = 0;
  #saved: SignedHead | undefined;

  constructor(disk: NodeDisk, trust: Trust) {
    this.#disk = disk;
    this.#trust = trust;
  }

  /** The position that is on the disk; undefined: none. */
  get position(): string | undefined {
    return this.#saved && positionText(this.#saved);
  }

  /** Reads what is there. A disk that cannot be read counts as empty. */
  async load(): Promise<LedgerOnDisk> {
    const text = await this.#disk.load(STATE_FILE).catch(() => undefined);
    if (text === undefined) return { kind: "nothing" };
    const whole = readFollowed(text, this.#trust);
    if (whole === undefined) return { kind: "damaged" };
    const journal = (await this.#disk.load(JOURNAL_FILE).catch(() => undefined)) ?? "";
    const { followed, isWhole } = withJournal(whole, journal, this.#trust);
    this.#taken = followed;
    this.#lines = isWhole ? [] : undefined;
    this.#wholeCharacters = text.length;
    this.#journalCharacters = journal.length;
    this.#saved = followed.head;
    return { kind: "held", followed };
  }

  /** There is a new state; `entries` lead to it from the one before (undefined: it came whole). The next `save` keeps it. */
  take(followed: Followed, entries: readonly SealedEntry[] | undefined): void {
    this.#taken = followed;
    if (entries === undefined || (this.#lines?.length ?? 0) >= LINES_MAX) this.#lines = undefined;
    else this.#lines?.push(`${JSON.stringify({ head: followed.head, entries })}\n`);
  }

  /** Writes what was taken, as lines or whole; it is on the disk when this settles. Rejects when the disk refuses. One at a time. */
  async save(): Promise<"lines" | "whole" | "nothing"> {
    const taken = this.#taken;
    if (taken === undefined || taken.head.hash === this.#saved?.hash) return "nothing";
    const text = this.#lines?.join("");
    // What comes meanwhile follows what is being written.
    this.#lines = [];
    const isWhole = text === undefined || this.#journalCharacters + text.length > this.#journalLimit();
    try {
      if (isWhole) await this.#saveWhole(taken);
      else await this.#append(text);
    } catch (error) {
      // Nobody knows what the journal holds now.
      this.#lines = undefined;
      throw error;
    }
    this.#saved = taken.head;
    return isWhole ? "whole" : "lines";
  }

  async #append(text: string): Promise<void> {
    await this.#disk.append(JOURNAL_FILE, text);
    this.#journalCharacters += text.length;
  }

  async #saveWhole(taken: Followed): Promise<void> {
    const text = followedText(taken, this.#trust.digest);
    await this.#disk.save(STATE_FILE, text);
    // A crash in between leaves lines that the state holds already: they are passed over.
    await this.#disk.save(JOURNAL_FILE, "");
    this.#wholeCharacters = text.length;
    this.#journalCharacters = 0;
  }

  #journalLimit(): number {
    return Math.min(JOURNAL_MAX_CHARACTERS, Math.max(JOURNAL_MIN_CHARACTERS, this.#wholeCharacters));
  }
}

/**
 * The state and what the journal adds to it. The lines are held together by their chain, and the last one whose head is
 * signed vouches for all before it. `isWhole`: the journal ends with it, so that lines may be added.
 */
function withJournal(
  whole: Followed,
  journal: string,
  trust: Trust,
): { readonly followed: Followed; readonly isWhole: boolean } {
  const lines = journal.split("\n");
  // What ends without a line's end was cut by a crash.
  const cut = lines.pop();
  const steps: Step[] = [];
  let isWhole = cut === "";
  let tip: Head = whole.head;
  for (const line of lines) {
    const step = readStep(tip, line, trust);
    if (step === undefined) {
      isWhole = false;
      break;
    }
    if (step.entries.length === 0) continue;
    tip = step.head;
    steps.push(step);
  }
  while (steps.length > 0 && !isVouchedFor(steps.at(-1)?.head ?? whole.head, trust.verify)) {
    steps.pop();
    isWhole = false;
  }
  const head = steps.at(-1)?.head;
  if (head === undefined) return { followed: whole, isWhole };
  const snapshot = fold(
    whole.snapshot,
    steps.flatMap(({ entries }) => entries.map(({ entry }) => entry)),
  );
  return { followed: { snapshot, head, tip: head, waiting: [] }, isWhole };
}

/** A line of the journal: entries that are new, and the head after them. */
interface Step {
  readonly head: SignedHead;
  readonly entries: readonly SealedEntry[];
}

/** Undefined when the line does not go on from `tip`. */
function readStep(tip: Head, line: string, { digest }: Trust): Step | undefined {
  const value = parseJson(line);
  const head = isMembers(value) ? readSignedHead(value.head) : undefined;
  if (head === undefined || !isMembers(value) || !Array.isArray(value.entries)) return undefined;
  const members: readonly unknown[] = value.entries;
  const entries: SealedEntry[] = [];
  let at = tip;
  for (const member of members) {
    const sealed = readSealedEntry(member);
    const link = sealed && linkOf(at, sealed, digest);
    if (sealed === undefined || link === undefined) return undefined;
    if (link.kind === "known") continue;
    if (link.kind !== "follows") return undefined;
    at = link.head;
    entries.push(sealed);
  }
  const isItsHead = entries.length === 0 || (at.epoch === head.epoch && at.seq === head.seq && at.hash === head.hash);
  return isItsHead ? { head, entries } : undefined;
}
