/**
 * How the requests of a real day lie: the web site of the football World Cup of 1998 (Internet Traffic Archive, M. Arlitt
 * and T. Jin), of which data sets name the requests of every minute. Below is one day of it, for machines without them.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** The busiest days, one of a flash crowd of 7.7 times the mean, and an ordinary one. */
const DAYS = ["1998-06-30", "1998-07-08", "1998-06-26", "1998-06-16"] as const;
const QUARTERS = 96;

/** 30 June 1998 (UTC), two matches: the rates of its quarter hours against their mean. */
const BUSIEST_DAY: readonly number[] = [
  ...[0.37, 0.37, 0.37, 0.36, 0.35, 0.33, 0.32, 0.3, 0.3, 0.28, 0.28, 0.27, 0.28, 0.27, 0.27, 0.27, 0.26, 0.24, 0.24],
  ...[0.23, 0.24, 0.24, 0.26, 0.26, 0.29, 0.29, 0.31, 0.31, 0.31, 0.31, 0.32, 0.3, 0.3, 0.3, 0.3, 0.31, 0.3, 0.31],
  ...[0.3, 0.31, 0.3, 0.31, 0.32, 0.33, 0.33, 0.35, 0.36, 0.36, 0.39, 0.4, 0.42, 0.44, 0.49, 0.48, 0.51, 0.52, 0.58],
  ...[0.69, 1.2, 1.81, 2.17, 2.43, 2.55, 2.71, 2.79, 3.08, 2.43, 2.03, 1.81, 1.65, 1.54, 1.5, 1.46, 1.42, 1.4, 1.45],
  ...[
    1.86, 2.31, 2.47, 2.68, 2.65, 2.86, 3.08, 3.42, 3.38, 3.55, 4, 3.24, 1.54, 0.81, 0.68, 0.6, 0.53, 0.49, 0.48, 0.48,
  ],
];

/** The quarter hours of a day: of one picked by the seed when the folder has the data, else of the busiest. */
export function rateShape(folder: string | undefined, seed: number): readonly number[] {
  const file = folder === undefined ? "" : path.join(folder, "worldcup98-rate", "requests_per_minute.csv.gz");
  if (!existsSync(file)) return BUSIEST_DAY;
  return quartersOf(gunzipSync(readFileSync(file)).toString(), DAYS[(seed - 1) % DAYS.length] ?? DAYS[0]);
}

/** Lines of `YYYY-MM-DD hh:mm:ss,requests`. */
function quartersOf(csv: string, day: string): readonly number[] {
  const quarters = Array.from({ length: QUARTERS }, () => 0);
  for (const [, hour, minute, count] of csv.matchAll(new RegExp(`^${day} (\\d\\d):(\\d\\d):\\d\\d,(\\d+)$`, "gm"))) {
    const quarter = 4 * Number(hour) + Math.floor(Number(minute) / 15);
    quarters[quarter] = (quarters[quarter] ?? 0) + Number(count);
  }
  const mean = quarters.reduce((sum, one) => sum + one, 0) / QUARTERS;
  if (!(mean > 0)) throw new Error(`the data has no requests on ${day}`);
  return quarters.map((one) => one / mean);
}
