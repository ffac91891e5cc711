/** Our listener with a role that answers a constant, for comparison. Takes a port. */
import type { FieldLine } from "../core/http/fields.ts";
import { listen } from "../runtime/node/http1/server.ts";

const body = Buffer.alloc(1_024, "x");
const fields: FieldLine[] = [
  ["content-type", "text/plain"],
  ["cache-control", "max-age=600"],
];
await listen({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  handler: () => ({ head: { status: 200, fields }, body, sent: () => {} }),
  onError: (error) => console.error(error),
});
