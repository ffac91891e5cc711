/** A day of page views before the load begins: some of them time edges, in the order of time over all clients. */
import type { EdgeCondition } from "../../core/health/fleet-health.ts";
import { VERDICT } from "../../core/route/verdict.ts";
import type { Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** The page views of a plan are spread over so long. */
export const LEARNING_MS = 24 * 3_600_000;

/** Choices between two lessons are all the same, but that a client whose edge is challenged moves at the third. */
const VIEWS_BETWEEN_MAX = 3;
const VIEW_GAP_MS = 60_000;

interface View {
  readonly atMs: number;
  readonly client: number;
  /** Page views without a beacon since the one before. */
  readonly others: number;
}

const always = () => true;

/** Lets clients (all but those that `measures` denies) time edges and the subject learn. */
export function learnFromPageViews(
  world: World,
  subject: Subject,
  conditions: readonly EdgeCondition[],
  startMs: number,
  measures: (client: number) => boolean = always,
): void {
  const { beaconEdges } = world.scenario.learn;
  for (const { atMs, client, others } of beaconViews(world)) {
    if (!measures(client)) continue;
    const nowMs = startMs + atMs;
    for (let view = Math.min(others, VIEWS_BETWEEN_MAX); view >= 0; view -= 1) {
      const { verdicts } = subject.choose(client, conditions, nowMs - view * VIEW_GAP_MS);
      if (!verdicts.includes(VERDICT.challenger)) break;
    }
    for (const edge of subject.beacon(client, nowMs, beaconEdges, always)) {
      subject.learn(client, edge, world.measureMs(client, edge), nowMs);
    }
  }
}

function beaconViews({ scenario, random }: World): readonly View[] {
  const { pageViewsPerClient, beaconShare } = scenario.learn;
  const views: View[] = [];
  if (beaconShare <= 0) return views;
  for (let client = 0; client < scenario.clients.length; client += 1) {
    let others = random.failuresBeforeSuccess(beaconShare);
    for (let view = others; view < pageViewsPerClient; view += 1 + others) {
      views.push({ atMs: ((view + random.next()) / pageViewsPerClient) * LEARNING_MS, client, others });
      others = random.failuresBeforeSuccess(beaconShare);
    }
  }
  return views.sort((a, b) => a.atMs - b.atMs);
}
