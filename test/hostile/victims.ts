/** Attacks on a cache, and who is hit by them. */
import type { SiteConfig } from "../../core/config/types.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import { type Ask, type Crack, type OriginModel, poisonableEdge } from "./poisonable-edge.ts";

/** What an attacker asks, and a victim after them. */
export interface Attack {
  readonly name: string;
  readonly config?: Partial<SiteConfig>;
  readonly origin: OriginModel;
  readonly attacker: readonly Ask[];
  readonly victim: Ask;
}

/** The attacks that worked: the victim's answer is not what it is without them. */
export async function victims(attacks: readonly Attack[], crack?: Crack): Promise<string[]> {
  const hit: string[] = [];
  for (const { name, config = {}, origin, attacker, victim } of attacks) {
    const pristine = await poisonableEdge(config, origin, crack).ask(victim);
    const { ask } = poisonableEdge(config, origin, crack);
    for (const request of attacker) await ask(request);
    const got = await ask(victim);
    if (got.status !== pristine.status || got.text !== pristine.text) hit.push(name);
  }
  return hit;
}

/** The date of every answer, so that answers are equal. */
export const DATE: FieldLine = ["date", "Thu, 01 Jan 2026 00:00:00 GMT"];

/** What makes an answer storable. */
export const KEEP: readonly FieldLine[] = [["cache-control", "public, max-age=60"], DATE];
