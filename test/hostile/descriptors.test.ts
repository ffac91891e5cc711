/** File descriptors run out (FAULTS L14): who is connected is served on, from the origin too, others when there is room again. */
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { antipode, freePort } from "../e2e/processes.ts";

const DESCRIPTORS = 128;
const CROWD = 200;
const REFUSED = 'antipode_refused_connections_total\\{[^}]*listener="public",reason="process-full"';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function open(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  return socket;
}

/** Asks on a connection that is open already; resolves to the status line and the body. */
function ask(socket: Socket, target: string): Promise<string> {
  socket.write(`GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const [head = "", body] = text.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (body === undefined || body.length < length) return;
      socket.removeAllListeners("data");
      resolve(`${head.split("\r\n")[0]} ${body}`);
    });
    socket.once("close", () => reject(new Error(`the connection was closed after ${text}`)));
  });
}

test("connected clients are served, from the origin too, while all that is left for clients is taken", async () => {
  let asked = 0;
  const origin = createServer({ keepAlive: false }, (_request, response) => {
    asked += 1;
    response.writeHead(200, { "content-length": 2, connection: "close", "cache-control": "no-store" }).end("ok");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => origin.once("listening", resolve));
  const address = origin.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const [port, adminPort] = [await freePort(), await freePort()];
  const where = ["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${adminPort}`];
  const edge = await antipode(
    ["edge", "--origin", `http://127.0.0.1:${originPort}`, ...where],
    /READY/,
    {},
    DESCRIPTORS,
  );
  try {
    expect(edge.output()).toContain("48 client connections at most");
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      return Number(new RegExp(`^${name}.*\\} (\\S+)`, "m").exec(text)?.[1]);
    };
    const first = open(port);
    expect(await ask(first, "/before")).toBe("HTTP/1.1 200 OK ok");
    let turnedAway = 0;
    for (let count = 0; count < CROWD; count += 1) open(port).on("close", () => (turnedAway += 1));
    await expect.poll(() => turnedAway, { timeout: 10_000 }).toBe(CROWD - 47);
    const busyBefore = await metric("process_cpu_seconds_total");
    const misses = sockets.filter((socket) => !socket.destroyed).map((socket, index) => ask(socket, `/miss-${index}`));
    expect(await Promise.all(misses)).toEqual(Array.from({ length: 48 }, () => "HTTP/1.1 200 OK ok"));
    expect(asked).toBe(49);
    expect((await metric("process_cpu_seconds_total")) - busyBefore).toBeLessThan(1);
    expect(await metric(REFUSED)).toBe(turnedAway);
    for (const socket of sockets.splice(1)) socket.destroy();
    await expect.poll(() => ask(open(port), "/new").catch(() => "refused"), { timeout: 5_000 }).toContain(" 200 ");
    expect(await ask(first, "/after")).toBe("HTTP/1.1 200 OK ok");
  } finally {
    await edge.stop("SIGKILL");
    origin.closeAllConnections();
    origin.close();
  }
});
