/** What edges say of a URL, for people: the edge that a client gets first, those that say the same together. */
import { isMembers, type Members, textMember, textsMember } from "../core/ledger/read-json.ts";
import type { Paint } from "./text.ts";

/** The text; undefined when no edge, or not the wanted one, has answered. */
export function whyText(answer: unknown, wanted: string | undefined, paint: Paint): string | undefined {
  if (!isMembers(answer)) return undefined;
  const all = listOf(answer.edges).filter((edge) => wanted === undefined || textMember(edge, "id") === wanted);
  const chosen = chosenOf(answer.route);
  const edges = all.toSorted((a, b) => Number(b.id === chosen) - Number(a.id === chosen));
  if (edges.length === 0) return undefined;
  const groups = new Map<string, Members[]>();
  for (const edge of edges) {
    const text = linesOf(edge).join("\n");
    groups.set(text, [...(groups.get(text) ?? []), edge]);
  }
  const silent = textsMember(answer, "silent") ?? [];
  const lines = [...groups].flatMap(([text, same]) => {
    const names = same.map(({ id }) => (id === chosen ? `${id} (this client's edge)` : String(id))).join(", ");
    return [paint("bold", names), text, ""];
  });
  const rest = silent.length === 0 || wanted !== undefined ? [] : [`No answer from ${silent.join(", ")}.`, ""];
  return [...lines, ...rest].join("\n");
}

function linesOf(edge: Members): readonly string[] {
  const says = textsMember(edge, "says") ?? [];
  const rules = textsMember(edge, "rules") ?? [];
  return [
    ...says.map((sentence) => `  ${sentence}`),
    ...(textMember(edge, "site") === undefined ? [] : [`  site    ${textMember(edge, "site")}`]),
    ...(rules.length === 0 ? [] : [`  rules   ${rules.join(", ")}`]),
    ...listOf(edge.key).map((part, index) => `  ${index === 0 ? "key   " : "      "}  ${partText(part)}`),
    ...listOf(edge.stored).map((one, index) => `  ${index === 0 ? "stored" : "      "}  ${storedText(one)}`),
  ];
}

function partText({ part, value }: Members): string {
  return `${String(part).padEnd(10)} ${typeof value === "string" ? value : "(none)"}`;
}

function storedText(one: Members): string {
  const vary = Array.isArray(one.varyOn) ? one.varyOn.map((line) => (Array.isArray(line) ? varyText(line) : "")) : [];
  const forWhom = vary.length === 0 ? "" : `, for ${vary.join("; ")}`;
  const useless = one.isUsable === false ? ", purged" : "";
  return `status ${one.status}, ${one.ageSeconds} s old of ${one.lifetimeSeconds} s (${one.source})${forWhom}${useless}`;
}

/** A field of a variant; one that the request did not have is kept as a mark that no request can send. */
function varyText([name, value]: readonly unknown[]): string {
  const text = String(value);
  return text.startsWith("\u0000") ? `no ${name}` : `${name}: ${text}`;
}

function chosenOf(route: unknown): string | undefined {
  return isMembers(route) ? textMember(route, "choice") : undefined;
}

function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : [];
}
