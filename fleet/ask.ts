/** What a node is asked over the feed, and what it hears of the others. Neither is in the ledger. */
import { isMembers, type Members, numberMember, parseJson, textMember } from "../core/ledger/read-json.ts";

/** A question to this node. */
export interface NodeAsk {
  readonly id: string;
  readonly kind: string;
  readonly about: unknown;
  readonly deadlineMs: number;
}

/** What is heard of an edge. */
export interface EdgeNews {
  readonly id: string;
  readonly state: string;
  readonly draining: boolean;
  readonly position: string | undefined;
  /** Share of what it can take that is used. */
  readonly load: number | undefined;
  /** By control's clock. */
  readonly heardAtMs: number | undefined;
}

/** Reads a question; undefined when it is none. */
export function readAsk(data: string): NodeAsk | undefined {
  const value = parseJson(data);
  if (!isMembers(value)) return undefined;
  const id = textMember(value, "id");
  const kind = textMember(value, "kind");
  if (id === undefined || kind === undefined || !/^[\w-]{1,100}$/.test(id)) return undefined;
  return { id, kind, about: value.about, deadlineMs: numberMember(value, "deadlineMs") ?? 0 };
}

/** Reads news of the fleet; what is no news is left out. */
export function readFleetNews(data: string): readonly EdgeNews[] {
  const value = parseJson(data);
  const edges = isMembers(value) && Array.isArray(value.edges) ? value.edges.filter(isMembers) : [];
  return edges.flatMap((edge) => newsOf(edge) ?? []);
}

function newsOf(edge: Members): EdgeNews | undefined {
  const id = textMember(edge, "id");
  if (id === undefined) return undefined;
  return {
    id,
    state: textMember(edge, "state") ?? "unknown",
    draining: edge.draining === true,
    position: textMember(edge, "position"),
    load: numberMember(edge, "load"),
    heardAtMs: numberMember(edge, "heardAtMs"),
  };
}
