/** What networks do to the feed: silence, half-open connections, an impostor of silence; a node notices, switches, catches up. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { defaultSettings } from "../../core/config/settings.ts";
import { controlLink } from "../../runtime/node/control-link.ts";
import { siteConfig } from "./control-under-test.ts";
import { atEnd, portOf, soon, startedControl, startedFollower } from "./running.ts";

/** Everything twenty times as fast. */
const settings = {
  ...defaultSettings,
  feedHeadIntervalMs: 100,
  heartbeatIntervalMs: 100,
  reconnectDelayMinMs: 10,
  reconnectDelayMaxMs: 75,
  controlConnectTimeoutMs: 300,
};

/** A way to a port that can be made to swallow everything, as a cut without a reset does. */
async function way(port: number) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => isOpen && to.write(bytes));
      from.on("error", () => {});
      from.on("close", () => isOpen && to.destroy());
    }
    near.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    cut: () => {
      isOpen = false;
    },
    heal: () => {
      isOpen = true;
    },
  };
}

test("a half-open connection is noticed by its silence, and once the way is free the node has caught up", async () => {
  const control = await startedControl({ settings });
  const { url, cut, heal } = await way(portOf(control));
  const node = await startedFollower(control, { urls: [url], extra: { settings } });
  await vi.waitFor(() => expect(node.follower.standing.confirmedAtMs).toBeDefined(), soon);
  cut();
  const { json } = await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.said.join()).toContain("silent"), soon);
  expect(node.follower.standing.position).not.toBe(json.position);
  heal();
  await vi.waitFor(() => expect(node.follower.standing.position).toBe(json.position), { timeout: 3_000, interval: 10 });
  expect(node.said.at(-1)).toContain("control is there again");
});

test("a control that is silent is left for another one", async () => {
  const control = await startedControl({ settings });
  const { url, cut } = await way(portOf(control));
  const node = await startedFollower(control, { urls: [url, control.url], extra: { settings } });
  await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
  cut();
  const { json } = await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.follower.standing.position).toBe(json.position), soon);
});

test("heads that go on coming are no proof of entries that do not: the lost tail is noticed and fetched", async () => {
  const control = await startedControl({ settings });
  // Swallows the first entry that comes, whole, as a middlebox that lost a packet and made up for it would.
  let lost = 0;
  const server = createServer((near) => {
    const far = connect(portOf(control), "127.0.0.1");
    near.pipe(far);
    far.setEncoding("utf8").on("data", (text: string) => {
      const isEntry = text.includes("event: entry") && text.includes("shop.example");
      if (isEntry && lost === 0) lost += 1;
      else near.write(text);
    });
    for (const socket of [near, far]) socket.on("error", () => {});
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    atEnd(() => near.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const node = await startedFollower(control, { urls: [`http://127.0.0.1:${port}`], extra: { settings } });
  await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example") });
  await vi.waitFor(() => expect(node.book.findSite("shop.example")).toBeDefined(), soon);
  expect(lost).toBe(1);
});

test("a control that takes connections and never speaks is given up in time, by requests and feeds", async () => {
  // As a stopped process: its kernel still accepts.
  const mute = createServer((socket) => {
    socket.on("error", () => {});
    atEnd(() => socket.destroy());
  });
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  atEnd(() => mute.close());
  const address = mute.address();
  const url = `https://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const link = controlLink("0".repeat(64));
  const unreachable = { kind: "unreachable", detail: expect.stringContaining("does not answer") };
  expect(await link.post(url, { path: "/v1/heartbeat", token: "t", body: {}, timeoutMs: 50 })).toEqual(unreachable);
  const nothing = { token: "t", after: undefined, hash: undefined, wantsFleet: false, onEvent: () => {} };
  // With plain HTTP the connection is there at once, and it is the answer that does not come.
  for (const where of [url, url.replace("https", "http")]) {
    const feed = controlLink(where === url ? "0".repeat(64) : undefined).follow(where, {
      ...{ ...nothing, connectMs: 50, silenceMs: 60_000 },
    });
    expect(await feed.ended).toEqual(unreachable);
  }
});
