/**
 * Every metric, in one table: name, type, unit, labels, who has it, and a sentence. The text that Prometheus reads and
 * docs/metrics.md both come from it; the Grafana board and the alert rules are checked against it.
 */

/** Prometheus' types, as far as they are used. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The programs that show a metric on their admin listener. */
export type MetricRole = "edge" | "router" | "control";

/** One metric. */
export interface Metric {
  readonly type: MetricType;
  readonly unit: string;
  /** Besides `node`, which all have. Each has a bounded set of values: see LABELS. */
  readonly labels: readonly LabelName[];
  readonly roles: readonly MetricRole[];
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in its unit, ascending. */
  readonly buckets?: readonly number[];
}

/** Seconds from the head of a request on: from a hit in memory to an origin that times out. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZE_BUCKETS = [0, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216, 268_435_456];
const LAG_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** What bounds the values of each label: random URLs, hosts and methods add none. */
export const LABELS = {
  node: "the name of the node; one a process",
  site: "names of configured sites, the first 1,000 that are asked for; `other` beyond, `none` when no site was found",
  outcome: "the closed list of core/cache/outcome.ts",
  result:
    "hit, stale, miss, pass, error, refused, routed, own: the outcomes in groups; of DNS the closed list of core/dns/dns-server.ts",
  method: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; `other` for the rest",
  status: "the registered status codes; others by their class, `5xx`",
  edge: "names of configured edges",
  origin: "URLs of the origins that sites are configured with",
  reason:
    "why an origin was not asked (busy, unavailable), a connection was refused (process-full, address-full), a request was refused (the closed lists of core/http/refusals.ts and core/overload/rates.ts; `other` beyond)",
  choice: "best, near-tie, balance, sticky, configured-order, relaxed, panic, none: core/route/verdict.ts",
  lesson: "learned, outlier, impossible",
  qtype: "record types with a name in core/dns/codes.ts; `other` for the rest, `none` when there was no question",
  transport: "udp, tcp",
  target: "names of the nodes that are watched",
  state:
    "up, suspect, down, unknown; for control up, draining, down, unknown; for origins also ejected (left out for a while) and resting (breaker open)",
  listener: "public, admin",
  version: "the version of the program; one a process",
  role: "edge, router, control; one a process",
} as const satisfies Record<string, string>;

/** One of the labels. */
export type LabelName = keyof typeof LABELS;

const SERVING: readonly MetricRole[] = ["edge", "router"];
const ALL: readonly MetricRole[] = ["edge", "router", "control"];

const TABLE = {
  antipode_requests_total: {
    ...{ type: "counter", unit: "requests", labels: ["site", "outcome"], roles: SERVING },
    help: "Requests by what happened to them; each request counts once.",
  },
  antipode_responses_total: {
    ...{ type: "counter", unit: "responses", labels: ["method", "status"], roles: SERVING },
    help: "Answers by request method and status.",
  },
  antipode_refused_requests_total: {
    ...{ type: "counter", unit: "requests", labels: ["reason"], roles: SERVING },
    help: "Requests refused for what they are or for how many they are, by the reason that the log has too.",
  },
  antipode_incomplete_responses_total: {
    ...{ type: "counter", unit: "responses", labels: ["result"], roles: SERVING },
    help: "Answers that did not arrive whole: the client left, or the body broke off.",
  },
  antipode_response_body_bytes_total: {
    ...{ type: "counter", unit: "bytes", labels: ["site"], roles: SERVING },
    help: "Body bytes sent to clients.",
  },
  antipode_request_duration_seconds: {
    ...{ type: "histogram", unit: "seconds", labels: ["result"], roles: SERVING, buckets: DURATION_BUCKETS },
    help: "From the complete head of a request to the last byte of its answer.",
  },
  antipode_response_head_seconds: {
    ...{ type: "histogram", unit: "seconds", labels: ["result"], roles: SERVING, buckets: DURATION_BUCKETS },
    help: "From the complete head of a request to the head of its answer.",
  },
  antipode_response_size_bytes: {
    ...{ type: "histogram", unit: "bytes", labels: ["result"], roles: SERVING, buckets: SIZE_BUCKETS },
    help: "Body bytes of one answer.",
  },
  antipode_upstream_head_seconds: {
    ...{ type: "histogram", unit: "seconds", labels: [], roles: SERVING, buckets: DURATION_BUCKETS },
    help: "How long an origin, or for a router an edge, took to begin its answer.",
  },
  antipode_store_entries: {
    ...{ type: "gauge", unit: "responses", labels: [], roles: ["edge"] },
    help: "Responses stored in memory.",
  },
  antipode_store_bytes: {
    ...{ type: "gauge", unit: "bytes", labels: [], roles: ["edge"] },
    help: "Bytes that stored responses take.",
  },
  antipode_store_max_bytes: {
    ...{ type: "gauge", unit: "bytes", labels: [], roles: ["edge"] },
    help: "Bytes that stored responses may take.",
  },
  antipode_disk_entries: {
    ...{ type: "gauge", unit: "responses", labels: [], roles: ["edge"] },
    help: "Responses stored on disk.",
  },
  antipode_disk_bytes: {
    ...{ type: "gauge", unit: "bytes", labels: [], roles: ["edge"] },
    help: "Bytes that the files of stored responses take.",
  },
  antipode_disk_max_bytes: {
    ...{ type: "gauge", unit: "bytes", labels: [], roles: ["edge"] },
    help: "Bytes that they may take.",
  },
  antipode_disk_failing: {
    ...{ type: "gauge", unit: "boolean", labels: [], roles: ["edge"] },
    help: "1 while the disk takes no writes: the edge goes on with memory, and tries again every 2 s.",
  },
  antipode_disk_failures_total: {
    ...{ type: "counter", unit: "writes", labels: [], roles: ["edge"] },
    help: "Writes to the disk that failed.",
  },
  antipode_disk_damaged_total: {
    ...{ type: "counter", unit: "responses", labels: [], roles: ["edge"] },
    help: "Stored responses whose file was not what had been written: dropped, never served.",
  },
  antipode_disk_hits_total: {
    ...{ type: "counter", unit: "lookups", labels: [], roles: ["edge"] },
    help: "Lookups that found something on disk; it is in memory afterwards if it is short.",
  },
  antipode_disk_read_bytes_total: {
    ...{ type: "counter", unit: "bytes", labels: [], roles: ["edge"] },
    help: "Body bytes that came from disk into memory.",
  },
  antipode_disk_written_bytes_total: {
    ...{ type: "counter", unit: "bytes", labels: [], roles: ["edge"] },
    help: "Bytes of files written.",
  },
  antipode_disk_evicted_total: {
    ...{ type: "counter", unit: "responses", labels: [], roles: ["edge"] },
    help: "Responses that left the disk for want of room.",
  },
  antipode_disk_refused_total: {
    ...{ type: "counter", unit: "responses", labels: [], roles: ["edge"] },
    help: "Responses not written: asked for once only while the store was full, or too much was waiting.",
  },
  antipode_flights: {
    ...{ type: "gauge", unit: "fetches", labels: [], roles: ["edge"] },
    help: "Fetches under way that other requests may join.",
  },
  antipode_origin_state: {
    ...{ type: "gauge", unit: "boolean", labels: ["site", "origin", "state"], roles: ["edge"] },
    help: "1 for the state an origin is in as this edge sees it, 0 for the other states.",
  },
  antipode_origin_in_flight: {
    ...{ type: "gauge", unit: "requests", labels: ["site", "origin"], roles: ["edge"] },
    help: "Requests that an origin is working on for this edge, bodies on their way included.",
  },
  antipode_origin_attempts_total: {
    ...{ type: "counter", unit: "requests", labels: ["site", "origin"], roles: ["edge"] },
    help: "Requests sent to an origin, repeated ones included, health checks not.",
  },
  antipode_origin_failures_total: {
    ...{ type: "counter", unit: "requests", labels: ["site", "origin"], roles: ["edge"] },
    help: "Requests that an origin gave no answer to.",
  },
  antipode_origin_waiting: {
    ...{ type: "gauge", unit: "requests", labels: ["site"], roles: ["edge"] },
    help: "Requests that wait until an origin of the site has room.",
  },
  antipode_origin_retries_total: {
    ...{ type: "counter", unit: "requests", labels: ["site"], roles: ["edge"] },
    help: "Requests that were asked of another origin of the site after the first did not answer well.",
  },
  antipode_origin_retries_refused_total: {
    ...{ type: "counter", unit: "requests", labels: ["site"], roles: ["edge"] },
    help: "Requests that were not repeated since the retry budget was spent.",
  },
  antipode_origin_turned_away_total: {
    ...{ type: "counter", unit: "requests", labels: ["site", "reason"], roles: ["edge"] },
    help: "Requests that no origin was asked for: all have what they may have, or all have failed too often.",
  },
  antipode_edge_health: {
    ...{ type: "gauge", unit: "boolean", labels: ["edge", "state"], roles: ["router"] },
    help: "1 for the state an edge is in as this router sees it, 0 for the other states.",
  },
  antipode_edge_health_changes_total: {
    ...{ type: "counter", unit: "changes", labels: ["edge", "state"], roles: ["router"] },
    help: "How often an edge came to a state, as this router sees it.",
  },
  antipode_router_blind: {
    ...{ type: "gauge", unit: "boolean", labels: [], roles: ["router"] },
    help: "1 while most edges fail for this router although others see them well: the router is at fault.",
  },
  antipode_route_choices_total: {
    ...{ type: "counter", unit: "decisions", labels: ["choice"], roles: ["router"] },
    help: "Decisions by what decided them. `panic`: no edge was well. `none`: the site allows no edge that could serve.",
  },
  antipode_route_samples_total: {
    ...{ type: "counter", unit: "samples", labels: ["lesson"], roles: ["router"] },
    help: "Measured round trips by what became of them.",
  },
  antipode_dns_queries_total: {
    ...{ type: "counter", unit: "queries", labels: ["result", "qtype", "transport"], roles: ["router"] },
    help: "DNS queries by what was answered. `rate-dropped` and `rate-truncated`: the asker's network was beyond its rate.",
  },
  antipode_dns_connections: {
    ...{ type: "gauge", unit: "connections", labels: [], roles: ["router"] },
    help: "Open DNS connections over TCP.",
  },
  antipode_dns_zones: {
    ...{ type: "gauge", unit: "zones", labels: [], roles: ["router"] },
    help: "Zones that this router answers for.",
  },
  antipode_watched_node_health: {
    ...{ type: "gauge", unit: "boolean", labels: ["target", "state"], roles: ["control"] },
    help: "1 for the state a node is in as control sees it, 0 for the other states.",
  },
  antipode_connections: {
    ...{ type: "gauge", unit: "connections", labels: ["listener"], roles: SERVING },
    help: "Open client connections.",
  },
  antipode_refused_connections_total: {
    ...{ type: "counter", unit: "connections", labels: ["listener", "reason"], roles: SERVING },
    help: "Connections closed at once: too many of all, or of one address.",
  },
  antipode_ready: {
    ...{ type: "gauge", unit: "boolean", labels: [], roles: ALL },
    help: "1 while /readyz says so, 0 while draining or behind the ledger.",
  },
  antipode_ledger_behind: {
    ...{ type: "gauge", unit: "boolean", labels: [], roles: ["edge"] },
    help: "1 while the node holds less than a head of the ledger that was proved to it. Only nodes that follow a control.",
  },
  antipode_ledger_confirmed_time_seconds: {
    ...{ type: "gauge", unit: "seconds since 1970", labels: [], roles: ["edge"] },
    help: "When control last vouched for what the node holds; 0: not since its start. Only nodes that follow a control.",
  },
  antipode_log_lines_total: {
    ...{ type: "counter", unit: "lines", labels: [], roles: SERVING },
    help: "Lines of the access log that were handed to its file or to standard output.",
  },
  antipode_log_lines_dropped_total: {
    ...{ type: "counter", unit: "lines", labels: [], roles: SERVING },
    help: "Lines of the access log that were lost because the reader or the disk was too slow or failed.",
  },
  antipode_spans_exported_total: {
    ...{ type: "counter", unit: "spans", labels: [], roles: SERVING },
    help: "Spans that the trace collector took.",
  },
  antipode_spans_dropped_total: {
    ...{ type: "counter", unit: "spans", labels: [], roles: SERVING },
    help: "Spans that were lost because the collector was too slow or failed.",
  },
  antipode_event_loop_lag_seconds: {
    ...{ type: "histogram", unit: "seconds", labels: [], roles: ALL, buckets: LAG_BUCKETS },
    help: "How late a timer of the process fires: what every request waits before it is looked at.",
  },
  antipode_build_info: {
    ...{ type: "gauge", unit: "boolean", labels: ["version", "role"], roles: ALL },
    help: "Always 1; the labels say what runs.",
  },
  process_start_time_seconds: {
    ...{ type: "gauge", unit: "seconds since 1970", labels: [], roles: ALL },
    help: "When the process started.",
  },
  process_cpu_seconds_total: {
    ...{ type: "counter", unit: "seconds", labels: [], roles: ALL },
    help: "Processor time used, user and system.",
  },
  process_resident_memory_bytes: {
    ...{ type: "gauge", unit: "bytes", labels: [], roles: ALL },
    help: "Memory that the process occupies.",
  },
} as const satisfies Record<string, Metric>;

/** The name of a metric. */
export type MetricName = keyof typeof TABLE;

/** The table by name, in the order of the documentation. */
export const METRICS: Readonly<Record<MetricName, Metric>> = TABLE;
