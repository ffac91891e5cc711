/**
 * Preloaded before an edge (`node --import`), it takes out the lines that make a record of each request: what is left
 * is the same program, which observing is compared with.
 */
import { registerHooks } from "node:module";

/** What is taken out where, and what stands there instead. */
const LINES: readonly (readonly [file: string, line: string, instead: string])[] = [
  [
    "/edge/exchange.ts",
    "sent: (result) => edge.record(finished(made, result, asked, edge.clock.nowMs())),",
    "sent: () => {},",
  ],
  ["/edge/exchange.ts", "const made = recordOf(edge, incoming, known, account, observed, answer.status, headMs);", ""],
  [
    "/edge/ready-note.ts",
    "sent({ fields, peerAddress, receivedAtMs, endedAtMs, bodyBytes, complete }: ReadySent): void {",
    "sent(): void {} recorded({ fields, peerAddress, receivedAtMs, endedAtMs, bodyBytes, complete }: ReadySent): void {",
  ],
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = LINES.filter(([file]) => url.endsWith(file));
    if (edits.length === 0) return loaded;
    let source = String(loaded.source);
    for (const [file, line, instead] of edits) {
      if (!source.includes(line)) throw new Error(`${file} makes no record where this bench expects it: ${line}`);
      source = source.replace(line, instead);
    }
    return { ...loaded, source };
  },
});
