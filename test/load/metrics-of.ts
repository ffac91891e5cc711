/** Reads single figures from an edge's metrics. */

/** The values of metrics without labels, by name. Throws when one is not there. */
export async function metricsOf<N extends string>(adminPort: number, names: readonly N[]): Promise<Record<N, number>> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const values: Partial<Record<N, number>> = {};
  for (const name of names) values[name] = valueIn(text, name);
  return whole(values, names);
}

/** Labels are added up. */
function valueIn(text: string, name: string): number {
  const found = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  if (found.length === 0) throw new Error(`there is no metric ${name}`);
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}

function whole<N extends string>(values: Partial<Record<N, number>>, names: readonly N[]): Record<N, number> {
  const isWhole = (record: Partial<Record<N, number>>): record is Record<N, number> =>
    names.every((name) => record[name] !== undefined);
  if (!isWhole(values)) throw new Error("a metric is missing");
  return values;
}
