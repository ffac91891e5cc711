/**
 * A control and nothing else, for tests that start it a thousand times: says `READY URL` when it serves, ends in peace at
 * SIGTERM. With the argument `lies` its disk says "written" 20 ms before it writes: a checker must find what is lost by that.
 */
import { writeSync } from "node:fs";
import { startControl } from "../../control/node.ts";
import { SqliteLedger } from "../../runtime/node/sqlite-ledger.ts";

const LIE_MS = 20;
const [, , folder = "", mode = "honest"] = process.argv;

if (mode === "lies") {
  const write = SqliteLedger.prototype.append;
  SqliteLedger.prototype.append = function (expected, entries) {
    setTimeout(() => write.call(this, expected, entries), LIE_MS);
    const last = entries.at(-1);
    if (last === undefined) throw new Error("nothing to append");
    const { epoch, seq } = last.entry;
    return { kind: "appended", head: { epoch, seq, hash: last.hash } };
  };
}

const control = await startControl({
  listen: { host: "127.0.0.1", port: 0 },
  ...{ data: folder, version: "test", config: undefined },
});
process.on("SIGTERM", () => process.exit(0));
writeSync(1, `READY http://127.0.0.1:${control.listening.port}\n`);
