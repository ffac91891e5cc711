/** Sharing what is fetched under one key: wait for who does it already, or lead. */
import type { Exchange } from "./exchange.ts";
import { askOf, type Lead, type Wait } from "./flight.ts";

/** What those who wait are told; who is to lead is asked to. */
export type ForWaiters<B> = Exclude<Awaited<Wait<B>["landing"]>, { readonly kind: "lead" }>;

/** What a request does about a fetch that others want as well. */
export interface Part<B, T> {
  /** Nobody does it yet; or who did has failed, and left `inherited`. */
  lead(inherited: Lead<B> | undefined): Promise<T>;
  /** Another one has done it. What is to be read of it is opened before this returns. */
  waited(landing: ForWaiters<B>): T | Promise<T>;
  /** Too many wait already. */
  full(): T;
}

/** Plays the one part or the other. */
export async function share<B, T>({ edge, incoming }: Exchange<B>, flightKey: string, part: Part<B, T>): Promise<T> {
  const wait = edge.flights.join(flightKey, askOf(incoming), edge.limits);
  if (wait === "full") return part.full();
  if (wait === undefined) return part.lead(undefined);
  const landing = await wait.landing;
  try {
    if (landing.kind !== "lead") return part.waited(landing);
  } finally {
    wait.done();
  }
  return part.lead(landing.lead);
}
