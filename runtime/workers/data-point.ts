/** A record as a data point of Workers Analytics Engine: the counters of a platform whose isolates nobody can scrape. */
import type { RequestRecord } from "../../core/record.ts";

/** The columns in which they lie, as docs/workers.md lists them: `blob1`, `blob2`, … and `double1`, `double2`, … */
export const POINT_COLUMNS = {
  blobs: ["node", "site", "outcome", "forward", "reason", "method", "country"],
  doubles: ["status", "bodyBytes", "headMs", "totalMs", "upstreamHeadMs", "complete"],
} as const;

/** The platform's limit on the bytes of an index. */
const INDEX_MAX_LENGTH = 96;

/** Nothing in it tells one client from another. Points are sampled by site where there are many. */
export function dataPointOf(record: RequestRecord): AnalyticsEngineDataPoint {
  const { site = "none", complete } = record;
  return {
    indexes: [site.slice(0, INDEX_MAX_LENGTH)],
    blobs: POINT_COLUMNS.blobs.map((name) => (name === "site" ? site : (record[name] ?? ""))),
    doubles: POINT_COLUMNS.doubles.map((name) => (name === "complete" ? Number(complete) : (record[name] ?? 0))),
  };
}
