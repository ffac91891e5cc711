/** Tests of what happens after a bug that nothing caught, in a process of its own. */
import { spawn } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

/** Runs a listener whose role throws later, outside of every promise, while an answer is under way. */
const PROGRAM = `
  import { connect } from "node:net";
  import { installLastResort } from ${JSON.stringify(path.join(import.meta.dirname, "last-resort.ts"))};
  import { listen } from ${JSON.stringify(path.join(import.meta.dirname, "http1", "server.ts"))};
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    handler: async () => {
      setTimeout(() => { throw new Error("nobody catches this"); }, 20);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { head: { status: 200, fields: [] }, body: Buffer.from("finished"), sent: () => {} };
    },
    onError: () => {},
  });
  installLastResort({ log: (error) => console.log("LOG", error.message), drain: (ms) => listener.close(ms), graceMs: 2000 });
  const socket = connect(listener.address.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"));
  socket.on("data", (chunk) => console.log(chunk.toString()));
`;

test("it is logged, what is under way is finished, then the process exits", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code).toBe(70);
  expect(printed).toMatch(/^LOG nobody catches this\n.*Connection: close\r\n.*finished/s);
});
