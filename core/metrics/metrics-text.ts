/** Metrics as the text that Prometheus reads (exposition format 0.0.4). */
import type { HistogramCounts } from "./histogram.ts";
import { type LabelName, METRICS, type Metric, type MetricName } from "./metric-table.ts";

/** The media type of the text, less its charset. */
export const METRICS_TYPE = "text/plain; version=0.0.4";

/** One value of one metric. */
export interface Sample {
  readonly metric: MetricName;
  readonly labels: Readonly<Partial<Record<LabelName, string>>>;
  readonly value: number | HistogramCounts;
}

/** A sample without labels. */
export function sample(metric: MetricName, value: number | HistogramCounts): Sample {
  return { metric, labels: {}, value };
}

/** What a listener knows of its connections. */
interface Connections {
  connections(): number;
  readonly refusedConnections: { readonly "process-full": number; readonly "address-full": number };
}

/** The connections of a role's two listeners. */
export function connectionSamples(main: Connections, admin: Connections | undefined): Sample[] {
  const of = (listener: string, counts: Connections): Sample[] => [
    { metric: "antipode_connections", labels: { listener }, value: counts.connections() },
    ...Object.entries(counts.refusedConnections).map(
      ([reason, value]): Sample => ({
        metric: "antipode_refused_connections_total",
        labels: { listener, reason },
        value,
      }),
    ),
  ];
  return [...of("public", main), ...(admin === undefined ? [] : of("admin", admin))];
}

/** One sample a state, 1 for the state that holds. */
export function stateSamples<State extends string>(
  metric: MetricName,
  name: { readonly edge: string } | { readonly target: string },
  states: readonly State[],
  current: State,
): Sample[] {
  return states.map((state) => ({ metric, labels: { ...name, state }, value: state === current ? 1 : 0 }));
}

/** The whole page of a node. Metrics that have no sample are left out. */
export function metricsText(node: string, samples: readonly Sample[]): string {
  const byMetric = new Map<MetricName, Sample[]>();
  for (const one of samples) {
    const others = byMetric.get(one.metric);
    if (others === undefined) byMetric.set(one.metric, [one]);
    else others.push(one);
  }
  return [...byMetric].map(([name, found]) => family(name, METRICS[name], node, found)).join("");
}

function family(name: MetricName, metric: Metric, node: string, samples: readonly Sample[]): string {
  const lines = [`# HELP ${name} ${metric.help.replaceAll("\\", "\\\\")}`, `# TYPE ${name} ${metric.type}`];
  for (const { labels, value } of samples) {
    const pairs = [`node="${escaped(node)}"`, ...metric.labels.map((label) => pairOf(name, label, labels[label]))];
    if (typeof value === "number") lines.push(`${name}{${pairs.join(",")}} ${value}`);
    else lines.push(...histogramLines(name, pairs.join(","), value));
  }
  return `${lines.join("\n")}\n`;
}

function pairOf(name: string, label: LabelName, value: string | undefined): string {
  if (value === undefined) throw new Error(`${name} has a sample without the label ${label}`);
  return `${label}="${escaped(value)}"`;
}

function histogramLines(name: string, pairs: string, { bounds, counts, sum }: HistogramCounts): string[] {
  let cumulative = 0;
  const lines = counts.map((count, index) => {
    cumulative += count;
    return `${name}_bucket{${pairs},le="${bounds[index] ?? "+Inf"}"} ${cumulative}`;
  });
  return [...lines, `${name}_sum{${pairs}} ${sum}`, `${name}_count{${pairs}} ${cumulative}`];
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
