/** `antipode purge` as a process, before a control that is slow to hear of its edges. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { isMembers, type Members, numberMember, parseJson } from "../core/ledger/read-json.ts";

const MAIN = path.join(import.meta.dirname, "main.ts");
const POSITION = "01KAVXB3A4N5ZQ6W7E8R9T0Y1U:17";

/** A control whose edge has applied a purge when it is asked about it once more. */
async function slowControl() {
  const orders: Members[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += String(part);
    const order = parseJson(body);
    if (request.method === "POST" && isMembers(order)) orders.push(order);
    const status = request.method === "POST" ? "pending" : "applied";
    response.end(JSON.stringify({ position: POSITION, edges: [{ id: "fra", status }] }));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, orders };
}

it("waits for the edges as long as it is told to, also when that is longer than it waits for one answer of control", async () => {
  const { url, orders } = await slowControl();
  const env = { ...process.env, NO_COLOR: "1", ANTIPODE_CONTROL: url, ANTIPODE_TOKEN: "secret" };
  const words = [MAIN, "purge", "--all", "--site", "shop", "--wait", "20s"];
  const ended = await new Promise<object>((resolve) => {
    execFile(process.execPath, words, { env }, (failure, out, error) =>
      resolve({ code: failure === null ? 0 : failure.code, out, error }),
    );
  });
  expect(ended).toEqual({ code: 0, error: "", out: expect.stringMatching(/\nfra +applied/) });
  // Its client gives control up after 10 seconds.
  expect(orders.map((order) => numberMember(order, "waitMs"))).toEqual([5_000]);
}, 40_000);
