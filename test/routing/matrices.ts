/** Measured round trips between cities, for tuning and evidence. The data is not part of the project: a folder is given. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** A city, and how long a round trip from it to each other one takes. */
export interface City {
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
  readonly country: string;
  readonly population: number;
  readonly rttMs: Readonly<Record<string, number>>;
}

/** Rows that the source calls wrong: geocoded to another place of that name. */
const WRONG_PLACES = new Set(
  "Maidstone,St Louis,Halifax,Monticello,Cromwell,Toledo,Fremont,Salem,Portland,Malaysia,Charlotte,San Jose,Panama,Brunswick,Brasilia,Mexico,Tunis,La Ceiba".split(
    ",",
  ),
);

/** WonderNetwork's all-pairs ping of 2018: 223 usable cities. */
export function wonderNetwork(folder: string): readonly City[] {
  const places = rows(path.join(folder, "wondernetwork-2018", "cities.csv"));
  const pings = rows(path.join(folder, "wondernetwork-2018", "pings.csv"));
  const known = new Map(places.filter(({ city }) => !WRONG_PLACES.has(city ?? "")).map((row) => [row.city ?? "", row]));
  const country = new Map(pings.map((row) => [row.dst_city ?? "", row.dst_country ?? ""]));
  const truth = new Map<string, Record<string, number>>();
  for (const { src_city = "", dst_city = "", rtt_avg_ms } of pings) {
    if (!known.has(src_city) || !known.has(dst_city)) continue;
    const row = truth.get(src_city) ?? {};
    row[dst_city] = Number(rtt_avg_ms);
    truth.set(src_city, row);
  }
  return [...known].map(([id, { Lat, Long, Population }]) => ({
    id,
    lat: Number(Lat),
    lon: Number(Long),
    country: country.get(id) ?? "",
    population: Number(Population),
    rttMs: truth.get(id) ?? {},
  }));
}

/** AWS's regions in 2025: 32 places. */
export function cloudPing(folder: string): readonly City[] {
  const regions = rows(path.join(folder, "aws-cloudping-2025", "regions.csv"));
  const truth = new Map<string, Record<string, number>>();
  for (const row of rows(path.join(folder, "aws-cloudping-2025", "matrix.csv"))) {
    const { src_region = "", dst_region = "" } = row;
    const cells = truth.get(src_region) ?? {};
    cells[dst_region] = Number(row.rtt_p50_ms);
    truth.set(src_region, cells);
  }
  return regions.map(({ region = "", country = "", lat, lon }) => ({
    id: region,
    lat: Number(lat),
    lon: Number(lon),
    country,
    population: 1_000_000,
    rttMs: truth.get(region) ?? {},
  }));
}

/** The rows of a CSV file without quotes. */
function rows(file: string): readonly Readonly<Record<string, string>>[] {
  const [head = "", ...lines] = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .trim()
    .split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index] ?? "", cell])));
}
