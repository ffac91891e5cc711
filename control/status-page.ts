/** The status page as HTML: every node, how it is and what it does; made on the server, no script. */
import { html } from "hono/html";
import type { HealthChange, NodeHealth, NodeState } from "./node-watch.ts";

/** What the page shows. */
export interface StatusView {
  readonly states: readonly NodeState[];
  /** Newest first. */
  readonly changes: readonly HealthChange[];
  readonly nowMs: number;
}

/** Between two loads of the page by itself. */
export const REFRESH_SECONDS = 3;
const CHANGES_SHOWN_MAX = 20;

const WORDS: Readonly<Record<NodeHealth, string>> = {
  up: "● up",
  draining: "◐ draining",
  down: "○ down",
  unknown: "? unknown",
};

type Html = ReturnType<typeof html>;

/** The whole document. */
export function statusPage(view: StatusView): Html {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${titleOf(view.states)}</title>
<link rel="stylesheet" href="/status.css">
</head>
<body>
<header>
<h1>Antipode</h1>
<p class="quiet">${summaryOf(view.states)} The page loads itself again every ${REFRESH_SECONDS} seconds. <a href="/v1/edges">As JSON</a></p>
</header>
<main>
<h2>Nodes</h2>
${
  view.states.length === 0
    ? html`<p>The config names no edges. Add some under <code>edges</code> and start control again.</p>`
    : html`<ul class="nodes">${view.states.map((state) => nodeCard(state, view.nowMs))}</ul>`
}
<h2>What changed</h2>
${
  view.changes.length === 0
    ? html`<p class="quiet">Nothing since control started.</p>`
    : html`<ol class="changes">${view.changes.slice(0, CHANGES_SHOWN_MAX).map(changeLine)}</ol>`
}
</main>
</body>
</html>
`;
}

function titleOf(states: readonly NodeState[]): string {
  const down = states.filter((state) => state.health === "down");
  return down.length === 0 ? "Antipode: status" : `(${down.length} down) Antipode: status`;
}

function summaryOf(states: readonly NodeState[]): string {
  const up = states.filter((state) => state.health === "up").length;
  return `${up} of ${states.length} nodes are up.`;
}

function nodeCard({ node, health, healthSinceMs, figures, routerSays }: NodeState, nowMs: number): Html {
  const rows: [string, Html | string][] = [];
  if (node.place !== undefined) rows.push(["Place", node.place]);
  if (node.at !== undefined) rows.push(["At", `${node.at[0].toFixed(2)}, ${node.at[1].toFixed(2)}`]);
  if (node.address !== undefined) rows.push(["Address", node.address]);
  rows.push([sinceWord(health), spanText(nowMs - healthSinceMs)]);
  if (routerSays !== undefined) rows.push(["Router says", routerSays]);
  if (figures.requests !== undefined) rows.push(["Requests", countText(figures.requests)]);
  const ratio = hitRatio(figures);
  if (ratio !== undefined) rows.push(["Hit ratio", `${(ratio * 100).toFixed(1)} %`]);
  if (figures.entries !== undefined) rows.push(["Stored", `${countText(figures.entries)} responses`]);
  if (figures.bytes !== undefined) rows.push(["Memory", memoryText(figures.bytes, figures.maxBytes)]);
  const name = node.role === "edge" ? `Edge ${node.id}` : "Router";
  return html`<li><h3>${name} <span class="${health}">${WORDS[health]}</span></h3>
<dl>${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
${memoryMeter(figures.bytes, figures.maxBytes)}</li>`;
}

function sinceWord(health: NodeHealth): string {
  switch (health) {
    case "up":
      return "Up for";
    case "draining":
      return "Draining for";
    case "down":
      return "Down for";
    case "unknown":
      return "Unknown for";
  }
}

function memoryMeter(bytes: number | undefined, maxBytes: number | undefined): Html | string {
  if (bytes === undefined || maxBytes === undefined || maxBytes === 0) return "";
  return html`<meter min="0" max="${maxBytes}" value="${bytes}" aria-label="Memory in use"></meter>`;
}

function memoryText(bytes: number, maxBytes: number | undefined): string {
  return maxBytes === undefined ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(maxBytes)}`;
}

function changeLine(change: HealthChange): Html {
  const at = new Date(change.atMs).toISOString();
  return html`<li><time datetime="${at}">${at.slice(11, 19)} UTC</time>${change.id}: <span class="${change.from}">${change.from}</span> → <span class="${change.to}">${change.to}</span></li>`;
}

/** Hits of all requests, between 0 and 1; undefined when there were none. */
export function hitRatio(figures: {
  readonly requests: number | undefined;
  readonly hits: number | undefined;
}): number | undefined {
  const { requests, hits } = figures;
  return requests === undefined || hits === undefined || requests === 0 ? undefined : hits / requests;
}

/** A span of time for people, in its largest unit or two. */
export function spanText(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? `${hours} h ${Math.floor((seconds % 3600) / 60)} min` : `${Math.floor(hours / 24)} days`;
}

/** Bytes for people, in powers of 1,024. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

function countText(count: number): string {
  return count.toLocaleString("en");
}
