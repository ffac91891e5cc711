/** `antipode bench-cache`: how often the edge's memory store has what a trace asks for. */

import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { belady, type Replayed, replay } from "./bench-cache/replay.ts";
import { readTrace, TRACE_FORMATS, type Trace } from "./bench-cache/trace.ts";
import { readSize } from "./flag-kinds.ts";

/** Belady's bound holds one record a request: beyond this many it is left out. */
const BELADY_REQUESTS_MAX = 10_000_000;

/** The command. */
export const command = defineCommand({
  summary: "play a trace of requests through the real memory store: hit ratios",
  help: "Reads one request a line: `key`, or `key size` in bytes. Every request is looked up in a memory store such as an edge has; what is not there is stored. --size is in entries for keys and in bytes for sized; a share such as 5% is of all that the trace asks for. Without --policy the table shows the store as it is, plain LRU, and for keys the best that any cache could do (Belady).",
  flags: {
    trace: {
      kind: "string",
      required: true,
      placeholder: "FILE",
      help: "The trace; - is standard input, .gz is unpacked.",
    },
    format: { kind: "string", choices: TRACE_FORMATS, required: true, help: "What a request looks like." },
    size: {
      kind: "string",
      required: true,
      placeholder: "N",
      help: "How much the store holds: 1000, 64mb (sized) or 5%.",
    },
    policy: { kind: "string", choices: ["adaptive", "lru"], help: "Only this one: adaptive is what an edge does." },
  },
  examples: [
    "bench-cache --trace requests.txt --format sized --size 64mb",
    "bench-cache --trace keys.txt.gz --format keys --size 5% --policy lru --json",
  ],
  run: async ({ flags, json }) => {
    const share = /^(\d+(?:\.\d+)?)%$/.exec(flags.size)?.[1];
    const fixed = share === undefined ? fixedSize(flags.size, flags.format) : undefined;
    const reading = await readTrace(flags.trace, flags.format).catch((error: unknown) => {
      throw new CommandFailure(`${flags.trace} cannot be read: ${error instanceof Error ? error.message : error}`);
    });
    if (reading.kind === "mistakes") throw new CommandFailure(mistakesText(flags.trace, reading.mistakes));
    const { trace } = reading;
    const size = fixed ?? Math.max(1, Math.round((trace.footprint * Number(share)) / 100));
    const rows = play(trace, { size, only: flags.policy, isSized: flags.format === "sized" });
    process.stdout.write(json ? jsonText(trace, size, rows) : tableText(trace, size, rows));
    return 0;
  },
});

function fixedSize(text: string, format: string): number {
  const whole = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  const reading = format === "sized" && whole === undefined ? readSize(text) : undefined;
  const size = reading?.kind === "value" ? reading.value : whole;
  if (size !== undefined && size > 0) return size;
  throw new UsageError(
    `--size: "${text}" is ${format === "sized" ? "not bytes (65536 or 64mb)" : "not a number of entries (1000)"} and not a share (5%)`,
  );
}

function mistakesText(file: string, mistakes: readonly string[]): string {
  return [`${file} is not such a trace`, ...mistakes.map((mistake) => `  ${mistake}`)].join("\n");
}

type Row = readonly [policy: string, replayed: Replayed];

function play(
  trace: Trace,
  { size, only, isSized }: { size: number; only: "adaptive" | "lru" | undefined; isSized: boolean },
): readonly Row[] {
  if (only !== undefined) return [[only, replay(trace, size, only)]];
  const rows: Row[] = [
    ["adaptive", replay(trace, size, "adaptive")],
    ["lru", replay(trace, size, "lru")],
  ];
  if (!isSized && trace.requests <= BELADY_REQUESTS_MAX) rows.push(["belady", belady(trace, size)]);
  return rows;
}

/** The first row is the answer; the others stand beside it. */
function jsonText(trace: Trace, size: number, rows: readonly Row[]): string {
  const [first, ...others] = rows;
  const beside = Object.fromEntries(others);
  return `${JSON.stringify({ ...first?.[1], policy: first?.[0], size, keys: trace.keys.length, footprint: trace.footprint, beside })}\n`;
}

function tableText(trace: Trace, size: number, rows: readonly Row[]): string {
  const head = `${trace.requests} requests for ${trace.keys.length} keys; the store holds ${size} of ${trace.footprint}\n\n`;
  const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)} %`.padStart(12);
  const lines = rows.map(
    ([policy, { hits, objectHitRatio, byteHitRatio }]) =>
      `${policy.padEnd(10)}${String(hits).padStart(12)}${percent(objectHitRatio)}${percent(byteHitRatio)}`,
  );
  return `${head}${"policy".padEnd(10)}${"hits".padStart(12)}${"objects".padStart(12)}${"bytes".padStart(12)}\n${lines.join("\n")}\n`;
}
