/** New versions are on trial: a node that dies twice within a minute of one serves the version before it, and says so. */
import { describe, expect, test } from "vitest";
import type { NodeDisk } from "../core/ledger/follow-ports.ts";
import { SiteKeeper } from "./site-keeper.ts";
import { TRIAL_MS } from "./trials.ts";

const EPOCH = "01HZZZZZZZ0000000000000000";

function config(host: string) {
  return { hosts: [host], origins: [{ url: "http://origin.example" }] };
}

/** The versions of the ledger: site a at `seq`, its host named after it, and a site that never changes. */
function sitesAt(seq: number) {
  const at = (number: number, host: string) => ({
    version: { epoch: EPOCH, seq: number },
    at: 1,
    config: config(host),
  });
  return new Map([
    ["a", at(seq, `a${seq}.example`)],
    ["b", at(1, "b.example")],
  ]);
}

/** A node with a disk that survives it, and a clock that is moved by hand. */
function machine(generationsKept = 5) {
  const files = new Map<string, string>();
  const disk: NodeDisk = {
    load: async (name) => files.get(name),
    save: async (name, text) => void files.set(name, text),
    append: async (name, text) => void files.set(name, (files.get(name) ?? "") + text),
    loadNow: (name) => files.get(name),
    saveNow: (name, text) => void files.set(name, text),
  };
  const said: string[] = [];
  let timers: (() => void)[] = [];
  const clock = {
    nowMs: () => 0,
    random: () => 0,
    after: (delayMs: number, action: () => void) => {
      expect(delayMs).toBe(TRIAL_MS);
      timers.push(action);
      return () => {
        timers = timers.filter((one) => one !== action);
      };
    },
  };
  const started = () => {
    // A process that died has no timers any more.
    timers = [];
    const keeper = new SiteKeeper({ disk, clock, generationsKept, say: (line) => said.push(line) });
    keeper.start();
    return keeper;
  };
  return { files, said, started, minute: () => timers.splice(0).forEach((action) => void action()) };
}

function hostsOf(keeper: SiteKeeper): readonly string[] {
  return ["a2.example", "a3.example", "b.example"].filter((host) => keeper.findSite(host) !== undefined);
}

describe("a version that kills the node", () => {
  test("is set aside after the second death; the one before it is served, other sites as ever", () => {
    const { started, said, minute } = machine();
    started().adopt(sitesAt(2));
    minute();
    started().adopt(sitesAt(3));
    started().adopt(sitesAt(3));
    expect(said).toEqual([]);
    const third = started();
    const change = third.adopt(sitesAt(3));
    expect(said.join()).toContain(`${EPOCH}:3 of a is set aside`);
    expect(hostsOf(third)).toEqual(["a2.example", "b.example"]);
    expect(change.refusedSites.a).toContain("died twice");
    expect(change.servedVersions).toEqual({ a: `${EPOCH}:2` });
  });
  test("stays aside through further starts, until there is a newer one", () => {
    const { started, minute } = machine();
    started().adopt(sitesAt(2));
    minute();
    for (let death = 0; death < 3; death += 1) started().adopt(sitesAt(3));
    const later = started();
    later.adopt(sitesAt(3));
    expect(hostsOf(later)).toEqual(["a2.example", "b.example"]);
    later.adopt(sitesAt(4));
    expect(later.findSite("a4.example")).toBeDefined();
  });
});

describe("a version is not blamed", () => {
  test("for one death, for deaths after its minute, or for being stopped", () => {
    const { started, minute } = machine();
    const first = started();
    first.adopt(sitesAt(2));
    minute();
    started().adopt(sitesAt(3));
    const second = started();
    second.adopt(sitesAt(3));
    minute();
    for (let death = 0; death < 3; death += 1) started().adopt(sitesAt(3));
    const stopping = machine();
    for (let stop = 0; stop < 4; stop += 1) {
      const keeper = stopping.started();
      keeper.adopt(sitesAt(3));
      keeper.stop();
    }
    for (const machineUnderTest of [started(), stopping.started()]) {
      machineUnderTest.adopt(sitesAt(3));
      expect(hostsOf(machineUnderTest)).toEqual(["a3.example", "b.example"]);
    }
  });
  test("when everything is new: a node that cannot live at all serves all the same", () => {
    const { started } = machine();
    for (let death = 0; death < 5; death += 1) started().adopt(sitesAt(3));
    const keeper = started();
    keeper.adopt(sitesAt(3));
    expect(hostsOf(keeper)).toEqual(["a3.example", "b.example"]);
  });
});

test("the last good versions stay on disk, and no more of them than were asked for", () => {
  const { started, files } = machine(3);
  const keeper = started();
  for (let seq = 2; seq < 9; seq += 1) keeper.adopt(sitesAt(seq));
  const kept = JSON.parse(files.get("site-a.json") ?? "[]").map(({ version }: { version: string }) => version);
  expect(kept).toEqual([8, 7, 6].map((seq) => `${EPOCH}:${seq}`));
});
