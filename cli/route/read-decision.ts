/** Reads a router's decision from JSON: what the table shows of it. */

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
  const candidates = member(json, "candidates");
  const ip = text(json, "ip");
  const reason = text(json, "reason");
  if (!Array.isArray(candidates) || ip === undefined || reason === undefined) return undefined;
  return {
    ...{ ip, reason, choice: text(json, "choice"), host: text(json, "host") },
    ...{ router: text(json, "router") ?? "router", mode: text(json, "mode") ?? "proxy" },
    isBlind: member(json, "blind") === true,
    place: placeOf(member(json, "place")),
    candidates: candidates.map(candidateOf),
  };
}

function candidateOf(json: unknown): ShownCandidate {
  const word = (name: string) => text(json, name) ?? "-";
  const prices = member(json, "prices");
  return {
    ...{ edge: word("edge"), health: word("health"), verdict: word("verdict") },
    ...{ source: word("source"), confidence: word("confidence") },
    estimatedRttMs: number(json, "estimatedRttMs"),
    plusMinusMs: number(json, "plusMinusMs"),
    scoreMs: number(json, "scoreMs"),
    load: number(json, "load"),
    warmth: number(json, "warmth"),
    prices: Object.fromEntries(
      Object.entries(isObject(prices) ? prices : {}).flatMap(([name, value]) =>
        typeof value === "number" ? [[name, value]] : [],
      ),
    ),
  };
}

function placeOf(json: unknown): ShownDecision["place"] {
  const at = member(json, "at");
  if (!Array.isArray(at)) return undefined;
  const degrees = at.map((one) => Number(one).toFixed(2)).join(", ");
  return { country: text(json, "country") ?? "", at: degrees, areaKm: number(json, "areaKm") };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function member(json: unknown, name: string): unknown {
  return isObject(json) ? json[name] : undefined;
}

function text(json: unknown, name: string): string | undefined {
  const value = member(json, name);
  return typeof value === "string" ? value : undefined;
}

function number(json: unknown, name: string): number | undefined {
  const value = member(json, name);
  return typeof value === "number" ? value : undefined;
}
