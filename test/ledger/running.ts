/** Controls and followers of a test that end with it. */
import { afterEach } from "vitest";
import type { Settings } from "../../core/config/settings.ts";
import type { Clock } from "../../core/ports.ts";
import { type ControlUnderTest, controlUnderTest, ledgerFolder } from "./control-under-test.ts";
import { type FollowerUnderTest, followerUnderTest } from "./follower-under-test.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** How long a test waits for what takes milliseconds. */
export const soon = { timeout: 15_000, interval: 10 };

/** Runs at the end of the test, the last one first. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A control in a folder of its own, or in one that is there. */
export async function startedControl(
  options: {
    readonly folder?: string;
    readonly port?: number;
    readonly tls?: "own";
    readonly settings?: Settings;
    readonly clock?: Clock;
  } = {},
): Promise<ControlUnderTest> {
  const { folder, port, ...more } = options;
  const made = folder === undefined ? ledgerFolder() : undefined;
  const control = await controlUnderTest(folder ?? made?.path ?? "", port, more);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= control.stop();
    return stopping;
  };
  atEnd(async () => {
    await stop();
    made?.remove();
  });
  return { ...control, stop };
}

type FollowerOptions = Partial<Parameters<typeof followerUnderTest>[0]>;

/** A follower of a control. */
export async function startedFollower(
  control: ControlUnderTest,
  options: FollowerOptions = {},
): Promise<FollowerUnderTest> {
  const node = await followerUnderTest({ id: "fra", urls: [control.url], joinToken: control.joinToken, ...options });
  atEnd(node.remove);
  return node;
}

/** Where a control listens. */
export function portOf(control: ControlUnderTest): number {
  return Number(new URL(control.url).port);
}
