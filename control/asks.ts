/**
 * Questions to nodes, over the feed: each is answered with a POST, or not. They are never in the ledger and nothing that is
 * served needs them.
 */
import type { Clock } from "../core/ports.ts";

/** Questions that are open at once. */
const OPEN_MAX = 32;

/** What a node is asked. */
export interface Ask {
  readonly id: string;
  readonly kind: string;
  /** The nodes that are meant; undefined: all. */
  readonly to: readonly string[] | undefined;
  readonly deadlineMs: number;
  /** What the question is about, as its kind has it. */
  readonly about: unknown;
}

/** An answer, and how long it took. */
export interface AskAnswer {
  readonly id: string;
  readonly ms: number;
  readonly answer: unknown;
}

interface Open {
  readonly startedMs: number;
  readonly waitsFor: Set<string>;
  readonly answers: AskAnswer[];
  finish(): void;
}

/** The open questions of one control. */
export class Asks {
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  readonly #listeners = new Set<(ask: Ask) => void>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks these nodes; settles when all have answered or the time is over. Undefined: too many questions are open. */
  async ask(
    nodes: readonly string[],
    question: { readonly kind: string; readonly about: unknown; readonly waitMs: number },
  ): Promise<readonly AskAnswer[] | undefined> {
    if (this.#open.size >= OPEN_MAX) return undefined;
    this.#count += 1;
    const { kind, about, waitMs } = question;
    const startedMs = this.#clock.nowMs();
    const id = `${startedMs.toString(36)}-${this.#count}-${Math.floor(this.#clock.random() * 2 ** 40).toString(36)}`;
    const open: Open = { startedMs, waitsFor: new Set(nodes), answers: [], finish: () => {} };
    this.#open.set(id, open);
    await new Promise<void>((resolve) => {
      const callOff = this.#clock.after(waitMs, resolve);
      open.finish = () => {
        callOff();
        resolve();
      };
      if (nodes.length === 0) open.finish();
      for (const listener of this.#listeners) listener({ id, kind, about, to: nodes, deadlineMs: waitMs });
    });
    this.#open.delete(id);
    return open.answers;
  }

  /** Takes an answer. False: nobody asked this node, or the time is over. */
  answered(askId: string, node: string, answer: unknown): boolean {
    const open = this.#open.get(askId);
    if (open?.waitsFor.delete(node) !== true) return false;
    open.answers.push({ id: node, ms: this.#clock.nowMs() - open.startedMs, answer });
    if (open.waitsFor.size === 0) open.finish();
    return true;
  }

  /** Calls `listener` with every question until the returned function is called. */
  subscribe(listener: (ask: Ask) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
