/** Receipts of purges for people: as a table, and while they come in as lines. */
import { type Members, membersMember, numberMember, textMember, textsMember } from "../../core/ledger/read-json.ts";
import { type AskControl, asked, listOf, table } from "../control/client.ts";

const LOOK_EVERY_MS = 100;

/** Whether every edge that the receipt waits for has applied it. */
export function allApplied(receipt: Members): boolean {
  return listOf(receipt, "edges").every(({ status }) => status === "applied");
}

/** The receipt as a table. */
export function receiptText(receipt: Members): string {
  const edges = listOf(receipt, "edges");
  const absent = textsMember(receipt, "absent") ?? [];
  const head = `purged at ${textMember(receipt, "position")}\n`;
  const tail = absent.length === 0 ? "" : `away for long, and applies it before it serves: ${absent.join(", ")}\n`;
  if (edges.length === 0) return `${head}${absent.length === 0 ? "no edge has joined yet\n" : tail}`;
  const rows = edges.map((edge) => [`${textMember(edge, "id")}`, `${textMember(edge, "status")}`, msText(edge)]);
  return head + table([["EDGE", "STATUS", "AFTER"], ...rows]) + tail;
}

function msText(edge: Members): string {
  const ms = numberMember(edge, "ms");
  return ms === undefined ? "" : `${ms} ms`;
}

/** Says each edge as it applies the purge; the receipt when all have, or when the time (of `performance`) is over. */
export async function followReceipt(
  ask: AskControl,
  first: Members,
  { untilMs, say }: { readonly untilMs: number; say(line: string): void },
): Promise<Members> {
  const said = new Set<string>();
  let receipt = first;
  for (;;) {
    for (const edge of listOf(receipt, "edges")) {
      const id = textMember(edge, "id") ?? "";
      if (edge.status !== "applied" || said.has(id)) continue;
      said.add(id);
      say(`${id} has applied it ${msText(edge)}\n`);
    }
    const isOver = performance.now() >= untilMs;
    if (isOver || !listOf(receipt, "edges").some(({ status }) => status === "pending")) return receipt;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    receipt = await asked(ask, { path: `/v1/purges/${textMember(receipt, "position")}` });
  }
}

/** What a purge would touch, edge by edge. */
export function dryRunText(answer: Members): string {
  const rows = listOf(answer, "edges").map((edge) => {
    const id = `${textMember(edge, "id")}`;
    if (edge.unreachable === true) return [id, "does not answer", "", "", ""];
    const disk = membersMember(edge, "disk");
    const onDisk =
      disk.objects === undefined ? "-" : `about ${number(disk, "objects")} (${number(disk, "sampled")} looked at)`;
    return [id, number(edge, "objects"), number(edge, "bytes"), onDisk, number(edge, "requestsPerMinute")];
  });
  return `${table([["EDGE", "OBJECTS", "BYTES", "ON DISK", "REQUESTS A MINUTE"], ...rows])}nothing was purged\n`;
}

function number(from: Members, name: string): string {
  return `${numberMember(from, name) ?? "-"}`;
}
