/**
 * Preloaded before an edge (`node --import`), it takes out the lines that make a record of each request: what is left
 * is the same program, which observing is compared with.
 */
import { registerHooks } from "node:module";

const WHERE = "/edge/exchange.ts";
const LINES: readonly (readonly [string, string])[] = [
  ["sent: (result) => edge.record(finished(made, result, asked, edge.clock.nowMs())),", "sent: () => {},"],
  ["const made = recordOf(edge, incoming, known, account, observed, answer.status, headMs);", ""],
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(WHERE)) return loaded;
    let source = String(loaded.source);
    for (const [line, instead] of LINES) {
      if (!source.includes(line)) throw new Error(`${WHERE} makes no record where this bench expects it: ${line}`);
      source = source.replace(line, instead);
    }
    return { ...loaded, source };
  },
});
