/** What scenarios of the letter share: the profile, a fresh minute, and asking twice. */
import { scenario } from "./harness.ts";

/** The profile that follows the letter. */
export const LETTER = { rules: { profile: "rfc9111" } } as const;
/** Fresh for a minute. */
export const MINUTE = { "cache-control": "max-age=60" };

/** Asks twice and tells how the second request was answered. */
export async function second(headers: Record<string, string | string[]>, options: Parameters<typeof scenario>[0] = {}) {
  const { origin, get } = scenario(options);
  origin.replies(200, headers, "one").replies(200, {}, "two");
  await get("/a");
  return (await get("/a")).outcome === "hit" ? "reused" : "asked again";
}
