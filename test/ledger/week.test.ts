/** A week without control, on a clock that is moved by hand: everything that has an age crosses its limit, and the node serves. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { defaultSettings } from "../../core/config/settings.ts";
import type { ControlLink } from "../../core/ledger/follow-ports.ts";
import type { Snapshot } from "../../core/ledger/snapshot.ts";
import { judgePeer } from "../../fleet/peer-trust.ts";
import { controlLink } from "../../runtime/node/control-link.ts";
import { VirtualClock } from "../scenario/virtual-clock.ts";
import { fleetEdge, goodOrigin } from "./fleet-edge.ts";
import { soon, startedControl, startedFollower } from "./running.ts";

const HOUR_MS = 3_600_000;
const STEPS_PER_HOUR = 2;
const WEEK_HOURS = 7 * 24;
const SETTINGS = { ...defaultSettings, reconnectDelayMinMs: 100, reconnectDelayMaxMs: 60_000 };

interface Cuttable {
  readonly link: ControlLink;
  cut: boolean;
  attempts: number;
}

/** A way to control that can be cut at once, so that no attempt of a week waits for a real network. */
function cuttable(): Cuttable {
  const real = controlLink(undefined);
  const detail = "cut by the test";
  const way: Cuttable = {
    cut: false,
    attempts: 0,
    link: {
      follow: (url, options) => {
        if (!way.cut) return real.follow(url, options);
        way.attempts += 1;
        return { ended: Promise.resolve({ kind: "unreachable", detail }), cancel: () => {} };
      },
      post: async (url, options) => (way.cut ? { kind: "unreachable", detail } : await real.post(url, options)),
    },
  };
  return way;
}

test("a node without control for a week serves each hour, also after a restart; what is too old is renewed when control is back", async () => {
  const clock = new VirtualClock();
  const origin = await goodOrigin();
  const control = await startedControl({ clock });
  const edge = await fleetEdge({ clock });
  const config = { hosts: ["shop.example"], origins: [{ url: origin }], origin: { allowPrivate: true } };
  await control.ask("PUT", "/v1/sites/shop", { body: config });
  const way = cuttable();
  let snapshot: Snapshot | undefined;
  const adopt = (adopted: Snapshot) => {
    snapshot = adopted;
    return edge.adopt(adopted.sites);
  };
  const extra = { clock, settings: SETTINGS, link: way.link, adopt };
  const node = await startedFollower(control, { extra });
  const until = (assert: () => unknown) =>
    vi.waitFor(async () => {
      clock.advance(500);
      await assert();
    }, soon);
  const positionHeard = async () => (await control.ask("GET", "/v1/edges")).json.edges[0]?.position;
  await until(() => expect(node.identity.certificate).toBeDefined());
  await until(() => expect(node.follower.standing.confirmedAtMs).toBeDefined());
  // Heartbeats speak of what is on the disk.
  await until(async () => expect(await positionHeard()).toBe(node.follower.standing.position));
  const { certificate, credential } = node.identity;
  const { confirmedAtMs = 0, position } = node.follower.standing;

  way.cut = true;
  node.follower.stop();
  // The node starts again, with nothing but its disk.
  const again = await startedFollower(control, { folder: node.folder, extra });
  expect(again.follower.standing).toEqual({ position, behind: false, confirmedAtMs: undefined });
  const statuses: number[] = [];
  for (let hour = 0; hour < WEEK_HOURS; hour += 1) {
    for (let step = 0; step < STEPS_PER_HOUR; step += 1) {
      clock.advance(HOUR_MS / STEPS_PER_HOUR);
      await turn();
    }
    statuses.push(await edge.ask("shop.example", hour % 2 === 0 ? "/" : `/${hour}`));
  }
  expect(statuses).toEqual(Array(WEEK_HOURS).fill(200));
  expect(way.attempts).toBeGreaterThan(WEEK_HOURS);
  // Said once, not at each attempt.
  expect(again.said.filter((line) => line.includes("goes on with what it has"))).toHaveLength(1);
  expect(again.follower.standing).toEqual({ position, behind: false, confirmedAtMs: undefined });
  expect(clock.nowMs() - confirmedAtMs).toBeGreaterThan(WEEK_HOURS * HOUR_MS - 1);
  // The certificate has ended for long, and its node is believed: nobody could renew it.
  const notAfterMs = certificate?.notAfterMs ?? Number.POSITIVE_INFINITY;
  expect(notAfterMs).toBeLessThan(clock.nowMs());
  const peer = { uri: "antipode://edge/fra", notBeforeMs: certificate?.issuedAtMs ?? 0, notAfterMs };
  const members = snapshot?.members ?? new Map();
  const about = { snapshot: { members }, nowMs: clock.nowMs(), confirmedAtMs, clockSkewMs: 1_000 };
  expect(judgePeer(peer, about)).toEqual({ kind: "trusted", id: "fra", role: "edge" });

  way.cut = false;
  await control.ask("PUT", "/v1/sites/later", { body: { ...config, hosts: ["later.example"] } });
  await until(() => expect(edge.keeper.findSite("later.example")).toBeDefined());
  await until(() => expect(again.identity.certificate?.notAfterMs).toBeGreaterThan(clock.nowMs()));
  expect(again.identity.credential).not.toBe(credential);
  expect(again.said).toContain("control is there again");
});
