/** A day of page views before the load begins: some of them time edges, in the order of time over all clients. */
import type { Subject } from "./subject.ts";
import type { World } from "./world.ts";

/** The page views of a plan are spread over so long. */
export const LEARNING_MS = 24 * 3_600_000;

interface View {
  readonly atMs: number;
  readonly client: number;
}

/** Lets clients (all but those that `measures` denies) time edges and the subject learn. Page views without a beacon teach nothing and are left out. */
export function learnFromPageViews(
  world: World,
  subject: Subject,
  startMs: number,
  measures: (client: number) => boolean = () => true,
): void {
  const { beaconEdges } = world.scenario.learn;
  for (const { atMs, client } of beaconViews(world)) {
    if (!measures(client)) continue;
    const nowMs = startMs + atMs;
    for (const edge of subject.beacon(client, nowMs, beaconEdges, (edge) => world.isReachable(client, edge))) {
      subject.learn(client, edge, world.measureMs(client, edge), nowMs);
    }
  }
}

function beaconViews({ scenario, random }: World): readonly View[] {
  const { pageViewsPerClient, beaconShare } = scenario.learn;
  const views: View[] = [];
  if (beaconShare <= 0) return views;
  for (let client = 0; client < scenario.clients.length; client += 1) {
    for (let view = random.failuresBeforeSuccess(beaconShare); view < pageViewsPerClient; ) {
      views.push({ atMs: random.next() * LEARNING_MS, client });
      view += 1 + random.failuresBeforeSuccess(beaconShare);
    }
  }
  return views.sort((a, b) => a.atMs - b.atMs);
}
