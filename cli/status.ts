/** `antipode status`: how the fleet stands now, asked of control and, through it, of every node. */
import { isMembers, type Members, numberMember, textMember } from "../core/ledger/read-json.ts";
import { defineCommand } from "./args.ts";
import { type AskControl, asked, CONTROL_FLAGS, controlClient, listOf, print, table } from "./control/client.ts";

/** How long nodes may take to answer. */
const WAIT_MS = 800;
const CLEAR = "\u001b[H\u001b[2J";

/** The command. */
export const command = defineCommand({
  summary: "show how the nodes of a fleet stand now",
  help: "Every node is asked over control's feed, so that the answer is of this moment: whether it is ready, what it has applied, how many sites it serves, how busy it is. A node that does not answer is called silent; what it said last stands beside it. With --watch it is shown again every few seconds. Exit code 1: a node is silent or not ready.",
  flags: {
    watch: { kind: "boolean", help: "Show it again and again until Ctrl-C." },
    every: { kind: "duration", default: "2s", min: "500ms", max: "1h", help: "With --watch: how often." },
    ...CONTROL_FLAGS,
  },
  examples: ["status", "status --watch", "status --json"],
  run: async ({ flags, json }) => {
    const ask = controlClient(flags);
    for (;;) {
      const status = await fleetStatus(ask);
      if (flags.watch && !json && process.stdout.isTTY) process.stdout.write(CLEAR);
      print(json, status, () => statusText(status));
      if (!flags.watch) return status.nodes.every(isWell) ? 0 : 1;
      await new Promise((resolve) => setTimeout(resolve, flags.every));
    }
  },
});

interface NodeStatus {
  readonly id: string;
  readonly role: string;
  /** `silent`, or what the node says. */
  readonly ready: string;
  readonly draining: boolean;
  readonly position: string | undefined;
  readonly sites: number | undefined;
  readonly version: string | undefined;
  readonly answeredMs: number | undefined;
  /** Share of one core, by its last heartbeat. */
  readonly processor: number | undefined;
  readonly requestsPerSecond: number | undefined;
  /** Sites whose newest version it did not take. */
  readonly refusedSites: readonly string[];
}

interface FleetStatus {
  readonly position: string;
  readonly nodes: readonly NodeStatus[];
}

async function fleetStatus(ask: AskControl): Promise<FleetStatus> {
  const [fleet, said] = await Promise.all([
    asked(ask, { path: "/v1/edges" }),
    asked(ask, { method: "POST", path: "/v1/asks", body: { kind: "status", waitMs: WAIT_MS } }),
  ]);
  const answers = new Map(listOf(said, "answers").map((answer) => [textMember(answer, "id"), answer]));
  const nodes = [...listOf(fleet, "edges"), ...listOf(fleet, "routers")];
  return {
    position: textMember(fleet, "position") ?? "",
    nodes: nodes.map((node) => nodeStatus(node, answers.get(textMember(node, "id")))),
  };
}

function nodeStatus(node: Members, answer: Members | undefined): NodeStatus {
  const said: Members = isMembers(answer?.answer) ? answer.answer : {};
  const load: Members = isMembers(node.load) ? node.load : {};
  return {
    id: textMember(node, "id") ?? "",
    role: textMember(node, "role") ?? "",
    ready: answer === undefined ? "silent" : (textMember(said, "ready") ?? "unknown"),
    draining: node.draining === true,
    position: textMember(said, "position") ?? textMember(node, "position"),
    sites: numberMember(said, "sites"),
    version: textMember(said, "version") ?? textMember(node, "version"),
    answeredMs: answer && numberMember(answer, "ms"),
    processor: numberMember(load, "processor"),
    requestsPerSecond: numberMember(load, "requestsPerSecond"),
    refusedSites: isMembers(node.refusedSites) ? Object.keys(node.refusedSites) : [],
  };
}

function isWell({ ready, draining }: NodeStatus): boolean {
  return ready === "ready" || (draining && ready === "draining");
}

function statusText({ position, nodes }: FleetStatus): string {
  const head = `the ledger is at ${position}\n`;
  if (nodes.length === 0) return `${head}no node has joined\n`;
  const rows = nodes.map((node) => [
    ...[node.id, node.role, node.ready, shownPosition(node.position, position), shown(node.sites)],
    node.processor === undefined ? "-" : `${Math.round(node.processor * 100)} %`,
    shown(node.requestsPerSecond),
    node.answeredMs === undefined ? "-" : `${Math.round(node.answeredMs)} ms`,
  ]);
  const refused = nodes.flatMap(({ id, refusedSites }) =>
    refusedSites.length === 0
      ? []
      : [`${id} serves an earlier version of ${refusedSites.join(", ")}; nodes list says why\n`],
  );
  return (
    head + table([["NODE", "ROLE", "IS", "AT", "SITES", "CORE", "REQUESTS/S", "ANSWERED"], ...rows]) + refused.join("")
  );
}

function shownPosition(position: string | undefined, newest: string): string {
  if (position === undefined) return "-";
  return position === newest ? "newest" : position.slice(position.indexOf(":") + 1);
}

function shown(value: number | undefined): string {
  return value === undefined ? "-" : String(value);
}
