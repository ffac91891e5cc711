/**
 * Preloaded before an edge (`node --import`), it takes out the one line that makes a record of each request: what is left
 * is the same program, which observing is compared with.
 */
import { registerHooks } from "node:module";

const WHERE = "/edge/exchange.ts";
const LINE = "sent: (result) => edge.record(recordOf(answered, result)),";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(WHERE)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(LINE)) throw new Error(`${WHERE} makes no record where this bench expects it: ${LINE}`);
    return { ...loaded, source: source.replace(LINE, "sent: () => {},") };
  },
});
