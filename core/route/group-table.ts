/** How far round trips of a group of clients (a country, a cell, a network) are off the distance, edge by edge. */

/** Residuals of one group: a mean and its weight for each edge. */
export interface Group {
  readonly meanMs: Float32Array;
  readonly weight: Float32Array;
  /** When it was last decayed. */
  atMs: number;
}

/** What a group table is bounded by and how it forgets. */
export interface GroupRules {
  readonly groupsMax: number;
  readonly halfLifeMs: number;
  /** A group's mean stands for no more samples than this: it stays able to change. */
  readonly weightMax: number;
}

/** Groups by number, least recently taught (in steps of a hundredth of the half-life) first to go. */
export class GroupTable {
  readonly #edges: number;
  readonly #rules: GroupRules;
  readonly #groups = new Map<number, Group>();

  constructor(edges: number, rules: GroupRules) {
    this.#edges = edges;
    this.#rules = rules;
  }

  /** How many groups it holds. */
  get size(): number {
    return this.#groups.size;
  }

  /** A group; undefined when nothing was learned of it. */
  get(key: number | undefined): Group | undefined {
    return key === undefined ? undefined : this.#groups.get(key);
  }

  /** All groups with their keys. */
  entries(): IterableIterator<[number, Group]> {
    return this.#groups.entries();
  }

  /** One residual more, of a weight that the caller has bounded. */
  add(key: number, edge: number, residualMs: number, weight: number, nowMs: number): void {
    const group = this.#taught(key, nowMs);
    const before = group.weight[edge] ?? 0;
    const share = weight / (before + weight);
    group.meanMs[edge] = (group.meanMs[edge] ?? 0) + share * (residualMs - (group.meanMs[edge] ?? 0));
    group.weight[edge] = Math.min(this.#rules.weightMax, before + weight);
  }

  /** Takes over what another table knows of an edge where it knows more. In any order, and as often as one likes. */
  merge(key: number, edge: number, meanMs: number, weight: number, nowMs: number): void {
    const group = this.#taught(key, nowMs);
    const known = group.weight[edge] ?? 0;
    if (weight < known || (weight === known && meanMs >= (group.meanMs[edge] ?? 0))) return;
    group.meanMs[edge] = meanMs;
    group.weight[edge] = Math.min(this.#rules.weightMax, weight);
  }

  #taught(key: number, nowMs: number): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) {
      if (this.#decay(known, nowMs)) {
        this.#groups.delete(key);
        this.#groups.set(key, known);
      }
      return known;
    }
    if (this.#groups.size >= this.#rules.groupsMax) this.#forgetOldest();
    const group = { meanMs: new Float32Array(this.#edges), weight: new Float32Array(this.#edges), atMs: nowMs };
    this.#groups.set(key, group);
    return group;
  }

  /** What is left of a weight after a time. */
  fadingOf(sinceMs: number): number {
    return 2 ** (-Math.max(0, sinceMs) / this.#rules.halfLifeMs);
  }

  /** Lets a group fade; false: since so short a time that nothing could be seen of it. */
  #decay(group: Group, nowMs: number): boolean {
    const sinceMs = nowMs - group.atMs;
    if (sinceMs < this.#rules.halfLifeMs / 100) return false;
    const factor = this.fadingOf(sinceMs);
    for (let edge = 0; edge < group.weight.length; edge += 1) group.weight[edge] = (group.weight[edge] ?? 0) * factor;
    group.atMs = nowMs;
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#groups.keys();
    if (oldest !== undefined) this.#groups.delete(oldest);
  }
}
