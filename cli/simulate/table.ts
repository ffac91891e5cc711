/** The result of a simulation for people. */
import type { Quality } from "../../router/simulate/quality.ts";
import type { SimulationResult } from "../../router/simulate/simulate.ts";
import type { Paint } from "../text.ts";

const HEADS = ["", "within 10 ms", "best edge", "mean", "p50", "p95", "p99"];
const WIDTHS = [14, 14, 12, 9, 8, 8, 8];

/** Ours, the great circle and the oracle, row by row. */
export function simulationText(result: SimulationResult, paint: Paint): string {
  const lines = [
    `${result.users} clients; excess in ms over the best edge that answers`,
    "",
    paint("bold", row(HEADS)),
    row(["ours", ...cells(result)]),
    row(["great circle", ...cells(result.greatCircle)]),
    row(["oracle", ...cells(result.oracle)]),
  ];
  return `${lines.join("\n")}\n`;
}

function cells({ within10ms, optimal, excessMs }: Quality): readonly string[] {
  const { mean, p50, p95, p99 } = excessMs;
  return [percent(within10ms), percent(optimal), ...[mean, p50, p95, p99].map((ms) => ms.toFixed(1))];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function row(texts: readonly string[]): string {
  return texts
    .map((text, index) => (index === 0 ? text.padEnd(WIDTHS[0] ?? 0) : text.padStart(WIDTHS[index] ?? 0)))
    .join("");
}
