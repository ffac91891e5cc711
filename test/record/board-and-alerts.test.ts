/** The Grafana board and the alert rules: of the shape that Grafana and Prometheus read, and of metrics that exist. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { OUTCOMES } from "../../core/cache/outcome.ts";
import { LABELS, METRICS, type Metric } from "../../core/metrics/metric-table.ts";

const docs = path.join(import.meta.dirname, "../../docs");
const datasource = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("$" + "{datasource}") });
const gridPos = z.strictObject({
  h: z.int().min(1),
  w: z.int().min(1).max(24),
  x: z.int().min(0).max(23),
  y: z.int().min(0),
});

/** The part of Grafana's dashboard model (schema version 39) that the board uses. */
const row = z.strictObject({
  ...{ id: z.int().min(1), type: z.literal("row"), title: z.string().min(1), collapsed: z.literal(false) },
  ...{ gridPos, panels: z.tuple([]) },
});
const graph = z.strictObject({
  ...{ id: z.int().min(1), type: z.literal("timeseries"), title: z.string().min(1), description: z.string() },
  ...{ datasource, gridPos },
  fieldConfig: z.strictObject({
    defaults: z.strictObject({ unit: z.string().min(1), min: z.number().optional(), max: z.number().optional() }),
    overrides: z.tuple([]),
  }),
  options: z.strictObject({
    legend: z.strictObject({ displayMode: z.literal("list"), placement: z.literal("bottom"), showLegend: z.boolean() }),
    tooltip: z.strictObject({ mode: z.literal("multi"), sort: z.literal("desc") }),
  }),
  targets: z
    .array(
      z.strictObject({ refId: z.string().regex(/^[A-Z]$/), datasource, expr: z.string(), legendFormat: z.string() }),
    )
    .min(1),
});
const variable = z.looseObject({
  ...{ name: z.string(), label: z.string(), type: z.enum(["datasource", "query"]), multi: z.boolean() },
});
const boardSchema = z.looseObject({
  ...{ uid: z.string().min(1), title: z.string().min(1), schemaVersion: z.literal(39), version: z.int() },
  time: z.strictObject({ from: z.string(), to: z.string() }),
  templating: z.strictObject({ list: z.array(variable) }),
  panels: z.array(z.discriminatedUnion("type", [row, graph])).min(1),
});

/** A file of rules as Prometheus documents it. */
const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Antipode[A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1) }),
        }),
      ),
    }),
  ),
});

const board = boardSchema.parse(JSON.parse(readFileSync(path.join(docs, "grafana/antipode.json"), "utf8")));
const rules = rulesSchema
  .parse(parse(readFileSync(path.join(docs, "alerts.yaml"), "utf8")))
  .groups.flatMap((group) => group.rules);
const metrics = new Map<string, Metric>(Object.entries(METRICS));

/** The metric behind a series' name, which for histograms has an ending. */
function metricOf(series: string): Metric | undefined {
  const exact = metrics.get(series);
  if (exact !== undefined && exact.type !== "histogram") return exact;
  const base = metrics.get(series.replace(/_(bucket|sum|count)$/, ""));
  return base?.type === "histogram" && series !== series.replace(/_(bucket|sum|count)$/, "") ? base : undefined;
}

/** What is wrong with an expression: names that do not exist, labels that a metric does not have, brackets. */
function problemsOf(expr: string): string[] {
  const problems: string[] = [];
  for (const [opening, closing] of ["()", "{}", "[]"]) {
    if (expr.split(opening ?? "").length !== expr.split(closing ?? "").length)
      problems.push(`${opening} is not closed`);
  }
  for (const [, series = "", selector = ""] of expr.matchAll(/\b((?:antipode|process)_[a-z_]+)(?:\{([^}]*)\})?/g)) {
    const metric = metricOf(series);
    if (metric === undefined) problems.push(`there is no ${series}`);
    const known: readonly string[] = ["node", "job", ...(metric?.labels ?? [])];
    for (const [, label = "", operator = "", value = ""] of selector.matchAll(/([a-z]+)(=~|!~|!=|=)"([^"]*)"/g)) {
      if (!known.includes(label)) problems.push(`${series} has no label ${label}`);
      if (label !== "outcome") continue;
      const pattern = new RegExp(`^(?:${value})$`);
      const matching = Object.keys(OUTCOMES).filter((outcome) =>
        operator.includes("~") ? pattern.test(outcome) : outcome === value,
      );
      if (matching.length === 0) problems.push(`no outcome is ${value}`);
    }
  }
  for (const [, list = ""] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
    for (const label of list.split(",").map((name) => name.trim())) {
      if (label !== "le" && !Object.hasOwn(LABELS, label)) problems.push(`there is no label ${label}`);
    }
  }
  return problems;
}

const graphs = board.panels.flatMap((panel) => (panel.type === "timeseries" ? [panel] : []));

describe("the board", () => {
  test.each(graphs.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr }))))(
    "shows what exists: $title",
    ({ expr }) => {
      expect(problemsOf(expr)).toEqual([]);
    },
  );

  test("has no two panels in one place, nor with one number", () => {
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...board.panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
  });

  test("uses the variables that it has", () => {
    const names = board.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(board.panels).matchAll(/\$\{?([a-z]+)\b/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual([...names].sort());
  });
});

describe("the alert rules", () => {
  test.each(rules.map(({ alert, expr }) => ({ alert, expr })))("ask for what exists: $alert", ({ expr }) => {
    expect(problemsOf(expr)).toEqual([]);
  });

  test("say of whom they speak by labels that their expression leaves", () => {
    for (const { alert, expr, annotations } of rules) {
      const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/, */));
      for (const [, label = ""] of annotations.summary.matchAll(/\$labels\.([a-z]+)/g)) {
        if (kept.length > 0) expect(kept, alert).toContain(label);
      }
    }
  });

  test("the check itself finds what is wrong", () => {
    expect(problemsOf("rate(antipode_nothing_total[5m])")).toEqual(["there is no antipode_nothing_total"]);
    expect(problemsOf('antipode_ready{site="a"}')).toEqual(["antipode_ready has no label site"]);
    expect(problemsOf('antipode_requests_total{outcome="hits"}')).toEqual(["no outcome is hits"]);
    expect(problemsOf("antipode_response_head_seconds")).toEqual(["there is no antipode_response_head_seconds"]);
    expect(problemsOf("sum by (nodes) (antipode_ready)")).toEqual(["there is no label nodes"]);
    expect(problemsOf("sum(antipode_ready")).toEqual(["( is not closed"]);
  });
});
