/** Asks a fresh deployment whether it serves. */
import { CommandFailure } from "../args.ts";

/** A new deployment is everywhere within seconds. */
const TRIES_MAX = 10;
const PAUSE_MS = 2_000;
const TRY_TIMEOUT_MS = 5_000;

/** Settles when the Worker answers its probe; fails with what it said instead. */
export async function smokeTest(url: string, options: { readonly pauseMs?: number } = {}): Promise<void> {
  let said = "";
  for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
    said = await probe(url);
    if (said === "") return;
    if (tried < TRIES_MAX) await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? PAUSE_MS));
  }
  throw new CommandFailure(`${url} does not serve: ${said}\nGo back with: npx wrangler rollback -c wrangler.toml`);
}

/** Empty: it serves. */
async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/.antipode/probe`, { signal: AbortSignal.timeout(TRY_TIMEOUT_MS) });
    const text = await response.text();
    if (response.status === 200 && response.headers.has("cache-status")) return "";
    return `${response.status} ${text.slice(0, 500)}`;
  } catch (error) {
    return String(error);
  }
}
