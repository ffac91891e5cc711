/** File descriptors run out (FAULTS L14): who is connected is served on, others are turned away, nothing spins. */
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { afterEach, expect, test } from "vitest";

const LISTENER = path.join(import.meta.dirname, "..", "..", "runtime", "node", "http1", "server.ts");
const PROGRAM = `
  import { listen } from ${JSON.stringify(LISTENER)};
  const handler = ({ head }) => {
    const text = head.target === "/cpu" ? String(process.cpuUsage().user / 1000) : "ok";
    return { head: { status: 200, fields: [] }, body: Buffer.from(text), sent: () => {} };
  };
  const listener = await listen({ host: "127.0.0.1", port: 0, handler, onError: (error) => console.log("ERROR", error) });
  console.log("PORT", listener.address.port);
`;
const GET = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`;

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Asks on a connection that is open already. */
function ask(socket: Socket, target: string): Promise<string> {
  socket.write(GET(target));
  return new Promise((resolve, reject) => {
    socket.once("data", (chunk) => resolve(chunk.toString().split("\r\n\r\n")[1] ?? ""));
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
}

test("connected clients are served while new ones are turned away", async () => {
  const shell = `ulimit -n 64 && exec "$0" --input-type=module -e "$1"`;
  const child = spawn("sh", ["-c", shell, process.execPath, PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    await expect.poll(() => printed, { timeout: 15_000 }).toMatch(/PORT \d+/);
    const port = Number(/PORT (\d+)/.exec(printed)?.[1]);
    const open = (): Socket => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      sockets.push(socket);
      return socket;
    };
    const first = open();
    expect(await ask(first, "/")).toBe("ok");
    let turnedAway = 0;
    for (let count = 0; count < 150; count += 1) {
      open().on("close", () => {
        turnedAway += 1;
      });
    }
    await expect.poll(() => turnedAway, { timeout: 10_000 }).toBeGreaterThan(80);
    const before = Number(await ask(first, "/cpu"));
    for (let count = 0; count < 5; count += 1) expect(await ask(first, "/")).toBe("ok");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(Number(await ask(first, "/cpu")) - before).toBeLessThan(250);
    for (const socket of sockets.splice(1)) socket.destroy();
    await expect.poll(() => ask(open(), "/").catch(() => "refused"), { timeout: 5_000 }).toBe("ok");
    expect(printed).not.toContain("ERROR");
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
});
