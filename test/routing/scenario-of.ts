/** Scenarios from measured cities: some of them are edges, the others users. */
import { distanceKm } from "../../core/route/distance.ts";
import { SeededRandom } from "../../router/simulate/random.ts";
import type { City } from "./matrices.ts";

/** What to make of the cities. */
export interface ScenarioPlan {
  readonly seed: number;
  readonly edges: number;
  readonly jitterMs: number;
  readonly pageViewsPerClient: number;
}

/** A scenario as it would stand in a file. Edges are far from each other, as operators place them; the seed picks the first. */
export function scenarioOf(cities: readonly City[], plan: ScenarioPlan): Record<string, unknown> {
  const { seed, jitterMs, pageViewsPerClient } = plan;
  const edges = spreadOut(cities, plan.edges, new SeededRandom(seed));
  const ids = new Set(edges.map(({ id }) => id));
  const clients = cities.filter(({ id }) => !ids.has(id));
  const truthOf = ({ rttMs }: City) => Object.fromEntries(Object.entries(rttMs).filter(([id]) => ids.has(id)));
  return {
    seed,
    edges: edges.map(({ id, lat, lon }) => ({ id, lat, lon })),
    clients: clients.map(({ id, lat, lon, country }) => ({ id, lat, lon, country })),
    rttMs: Object.fromEntries(clients.map((city) => [city.id, truthOf(city)])),
    noise: { jitterMs },
    learn: { pageViewsPerClient, beaconShare: 0.05, beaconEdges: 4 },
  };
}

/** Large cities, none near another: each next one has the best population for its distance from those there are. */
function spreadOut(cities: readonly City[], count: number, random: SeededRandom): readonly City[] {
  const rest = cities.map((city) => ({ city, luck: 0.5 + random.next() }));
  const picked: City[] = [];
  while (picked.length < count && rest.length > 0) {
    const scores = rest.map(({ city, luck }) => {
      const nearestKm = Math.min(8000, ...picked.map((edge) => distanceKm([city.lat, city.lon], [edge.lat, edge.lon])));
      return luck * nearestKm * Math.sqrt(Math.max(1e5, city.population));
    });
    const [best] = rest.splice(scores.indexOf(Math.max(...scores)), 1);
    if (best !== undefined) picked.push(best.city);
  }
  return picked;
}
