/** A decision for people, in 80 columns: the answer, the reason, a row for each edge, and what made scores dearer. */
import type { Paint } from "../text.ts";
import type { ShownCandidate, ShownDecision } from "./read-decision.ts";

const COLUMNS = 80;
const GAP = "  ";
const EDGE_WIDTH_MIN = 6;
const HEADS = ["EDGE", "RTT ms", "SOURCE", "SURE", "LOAD", "HEALTH", "SCORE", "VERDICT"] as const;
/** Numbers are set to the right. */
const TO_THE_RIGHT = new Set([1, 4, 6]);

const REASONS: Readonly<Record<string, string>> = {
  best: "the lowest score, and nothing near it",
  "near-tie": "several are as good; the hash of what is asked for, or of the client, decides",
  balance: "as good as the best, which has had more than its share of requests",
  sticky: "the client is used to it, and nothing has been clearly better for 30 s",
  "configured-order": "nothing is known of this client; the configured order holds",
  relaxed: "all that are well are full, warming, over quota, behind or draining",
  panic: "no edge is well: health is ignored rather than nobody served",
  none: "no edge may serve this; see the verdicts and the site's regions",
};

const PRICES: Readonly<Record<string, string>> = {
  loadMs: "load",
  warmUpMs: "cold cache",
  failuresMs: "failed requests",
  quotaMs: "transfer quota",
  costMs: "cost",
  orderMs: "the order of the nets file",
};

/** The text. */
export function routeText(decision: ShownDecision, paint: Paint): string {
  const { ip, host, choice, reason, candidates, place, router, mode, isBlind } = decision;
  const to = choice === undefined ? paint("red", "no edge") : paint("bold", choice);
  const lines = [
    `${ip}${host === undefined ? "" : ` for ${host}`} → ${to}   (${reason})`,
    `${REASONS[reason] ?? reason}`,
    `place: ${placeText(place)}; asked: ${router}, which answers by ${mode}`,
    ...(isBlind ? [paint("yellow", "the router is blind: most edges fail for it while others see them well")] : []),
    "",
    ...tableLines(candidates, paint),
    ...dearer(candidates),
  ];
  return `${lines.join("\n")}\n`;
}

function placeText(place: ShownDecision["place"]): string {
  if (place === undefined) return "unknown";
  const within = place.areaKm === undefined ? "" : ` within ${place.areaKm} km`;
  return `${place.country || "no country"}, ${place.at}${within}`;
}

function tableLines(candidates: readonly ShownCandidate[], paint: Paint): readonly string[] {
  const rows = candidates.map(cellsOf);
  const widths = HEADS.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, width) => sum + GAP.length + width, 0);
  const edgeWidth = Math.min(widths[0] ?? 0, Math.max(EDGE_WIDTH_MIN, COLUMNS - others));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        if (column === 0) return shortened(cell, edgeWidth);
        return TO_THE_RIGHT.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
      })
      .join(GAP)
      .trimEnd();
  return [paint("bold", line(HEADS)), ...rows.map(line)];
}

function cellsOf(one: ShownCandidate): readonly string[] {
  const { estimatedRttMs, plusMinusMs, load } = one;
  const rtt = estimatedRttMs === undefined ? "-" : `${estimatedRttMs.toFixed(0)} ±${(plusMinusMs ?? 0).toFixed(0)}`;
  const percent = load === undefined ? "-" : `${Math.round(load * 100)} %`;
  return [one.edge, rtt, one.source, one.confidence, percent, one.health, one.scoreMs?.toFixed(1) ?? "-", one.verdict];
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

/** What was added to whose estimate. */
function dearer(candidates: readonly ShownCandidate[]): readonly string[] {
  const lines = candidates.flatMap(({ edge, prices, warmth = 1 }) => {
    const parts = Object.entries(prices).flatMap(([name, ms]) =>
      ms >= 0.05 ? [`${ms.toFixed(1)} for ${PRICES[name] ?? name}`] : [],
    );
    const warming = warmth < 1 ? `; it may have ${Math.round(warmth * 100)} % of its clients` : "";
    return parts.length === 0 && warming === "" ? [] : [`${edge}: + ${parts.join(", ") || "nothing"}${warming}`];
  });
  return lines.length === 0 ? [] : ["", "added to the round trip, in ms:", ...lines];
}
