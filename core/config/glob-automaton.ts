/**
 * A glob as an automaton whose states are the bits of a few integers (Shift-And with gaps). State i: the first i
 * characters of the glob have been met. A wildcard after them is a loop at state i. Each character of the text costs
 * one step for all states together, so the time is text length × glob length / 32.
 */
import { ANY_CHARACTER, type ParsedGlob } from "./glob-parts.ts";

const SLASH = 47;
const WORD_BITS = 32;

/** Ready to run. */
export interface Automaton {
  readonly states: number;
  /** Bit i: character i of the glob is this one. */
  readonly byCode: ReadonlyMap<number, Uint32Array>;
  /** Bit i: character i of the glob is `?`. */
  readonly anyCharacter: Uint32Array;
  /** Bit i: a wildcard at state i lets a character other than "/" pass, or any. */
  readonly loops: Uint32Array;
  readonly slashLoops: Uint32Array;
}

/** Makes the automaton of a glob. */
export function automatonOf(glob: ParsedGlob): Automaton {
  const states = glob.gaps.length;
  const words = Math.ceil(states / WORD_BITS);
  const byCode = new Map<number, Uint32Array>();
  const anyCharacter = new Uint32Array(words);
  for (const [index, code] of glob.codes.entries()) {
    if (code === ANY_CHARACTER) setBit(anyCharacter, index);
    else {
      const bits = byCode.get(code) ?? new Uint32Array(words);
      setBit(bits, index);
      byCode.set(code, bits);
    }
  }
  const loops = new Uint32Array(words);
  const slashLoops = new Uint32Array(words);
  for (const [index, gap] of glob.gaps.entries()) {
    if (gap !== "none") setBit(loops, index);
    if (gap === "any") setBit(slashLoops, index);
  }
  return { states, byCode, anyCharacter, loops, slashLoops };
}

/** Whether the automaton accepts the part of the text. */
export function runAutomaton(
  automaton: Automaton,
  text: string,
  part: { readonly from: number; readonly to: number },
): boolean {
  const now = new Uint32Array(automaton.loops.length);
  now[0] = 1;
  for (let index = part.from; index < part.to; index += 1) {
    if (!step(automaton, now, text.charCodeAt(index))) return false;
  }
  return hasBit(now, automaton.states - 1);
}

/** Takes one character; false when no state is left. */
function step(automaton: Automaton, now: Uint32Array, code: number): boolean {
  const isSlash = code === SLASH;
  const met = automaton.byCode.get(code);
  const loops = isSlash ? automaton.slashLoops : automaton.loops;
  let carry = 0;
  let alive = 0;
  for (let word = 0; word < now.length; word += 1) {
    const before = now[word] ?? 0;
    const accepts = (met?.[word] ?? 0) | (isSlash ? 0 : (automaton.anyCharacter[word] ?? 0));
    const moved = before & accepts;
    const after = (moved << 1) | carry | (before & (loops[word] ?? 0));
    carry = moved >>> (WORD_BITS - 1);
    now[word] = after;
    alive |= after;
  }
  return alive !== 0;
}

/** What the wildcards stand for in a text that the glob matches: walks back from the end over the states passed. */
export function captureGaps(glob: ParsedGlob, text: string): readonly string[] {
  const automaton = automatonOf(glob);
  const history = statesPassed(automaton, text);
  const starts = new Array<number>(automaton.states).fill(0);
  const ends = new Array<number>(automaton.states).fill(0);
  let state = automaton.states - 1;
  let at = text.length;
  ends[state] = at;
  starts[state] = at;
  while (at > 0) {
    if (
      state > 0 &&
      history[at - 1] !== undefined &&
      met(glob, history, { state, at, code: text.charCodeAt(at - 1) })
    ) {
      starts[state] = at;
      state -= 1;
      ends[state] = at - 1;
    }
    at -= 1;
    starts[state] = at;
  }
  return glob.gaps.flatMap((gap, index) => (gap === "none" ? [] : [text.slice(starts[index], ends[index])]));
}

/** Whether the state can have been entered by the character before `at` (rather than looped on). */
function met(
  glob: ParsedGlob,
  history: readonly Uint32Array[],
  step: { readonly state: number; readonly at: number; readonly code: number },
): boolean {
  const wanted = glob.codes[step.state - 1];
  const fits = wanted === step.code || (wanted === ANY_CHARACTER && step.code !== SLASH);
  const before = history[step.at - 1];
  return fits && before !== undefined && hasBit(before, step.state - 1);
}

function statesPassed(automaton: Automaton, text: string): readonly Uint32Array[] {
  const now = new Uint32Array(automaton.loops.length);
  now[0] = 1;
  const history = [now.slice()];
  for (let index = 0; index < text.length; index += 1) {
    step(automaton, now, text.charCodeAt(index));
    history.push(now.slice());
  }
  return history;
}

function setBit(words: Uint32Array, index: number): void {
  const word = Math.floor(index / WORD_BITS);
  words[word] = (words[word] ?? 0) | (1 << (index % WORD_BITS));
}

function hasBit(words: Uint32Array, index: number): boolean {
  return (((words[Math.floor(index / WORD_BITS)] ?? 0) >>> (index % WORD_BITS)) & 1) === 1;
}
