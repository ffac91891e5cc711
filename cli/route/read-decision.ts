/** Reads a router's decision from JSON: what the table shows of it. */
import { isMembers, type Members, numberMember, textMember } from "../../core/ledger/read-json.ts";

/** One edge of the table. */
export interface ShownCandidate {
  readonly edge: string;
  readonly health: string;
  readonly verdict: string;
  readonly source: string;
  readonly confidence: string;
  readonly estimatedRttMs: number | undefined;
  readonly plusMinusMs: number | undefined;
  readonly scoreMs: number | undefined;
  readonly load: number | undefined;
  readonly warmth: number | undefined;
  /** What is added to the estimate, by what for. */
  readonly prices: Readonly<Record<string, number>>;
}

/** What the table shows. */
export interface ShownDecision {
  readonly ip: string;
  readonly host: string | undefined;
  readonly router: string;
  readonly mode: string;
  readonly isBlind: boolean;
  readonly place: { readonly country: string; readonly at: string; readonly areaKm: number | undefined } | undefined;
  readonly choice: string | undefined;
  readonly reason: string;
  readonly candidates: readonly ShownCandidate[];
}

/** The decision; undefined when the JSON is none. */
export function readDecision(json: unknown): ShownDecision | undefined {
  const from = membersOf(json);
  const { candidates } = from;
  const ip = textMember(from, "ip");
  const reason = textMember(from, "reason");
  if (!Array.isArray(candidates) || ip === undefined || reason === undefined) return undefined;
  return {
    ...{ ip, reason, choice: textMember(from, "choice"), host: textMember(from, "host") },
    ...{ router: textMember(from, "router") ?? "router", mode: textMember(from, "mode") ?? "proxy" },
    isBlind: from.blind === true,
    place: placeOf(membersOf(from.place)),
    candidates: candidates.map((one) => candidateOf(membersOf(one))),
  };
}

function candidateOf(from: Members): ShownCandidate {
  const word = (name: string) => textMember(from, name) ?? "-";
  return {
    ...{ edge: word("edge"), health: word("health"), verdict: word("verdict") },
    ...{ source: word("source"), confidence: word("confidence") },
    estimatedRttMs: numberMember(from, "estimatedRttMs"),
    plusMinusMs: numberMember(from, "plusMinusMs"),
    scoreMs: numberMember(from, "scoreMs"),
    load: numberMember(from, "load"),
    warmth: numberMember(from, "warmth"),
    prices: Object.fromEntries(
      Object.entries(membersOf(from.prices)).flatMap(([name, value]) =>
        typeof value === "number" ? [[name, value]] : [],
      ),
    ),
  };
}

function placeOf(from: Members): ShownDecision["place"] {
  if (!Array.isArray(from.at)) return undefined;
  const degrees = from.at.map((one) => Number(one).toFixed(2)).join(", ");
  return { country: textMember(from, "country") ?? "", at: degrees, areaKm: numberMember(from, "areaKm") };
}

function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {};
}
