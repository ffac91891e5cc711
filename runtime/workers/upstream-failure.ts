/** What the platform says when an origin does not answer, in our words. */
import type { UpstreamFailure } from "../../core/ports.ts";

/** Cloudflare's own statuses in the origin's place: in production a dead origin is an answer, not an exception. */
const STATUSES: ReadonlyMap<number, UpstreamFailure> = new Map([
  [520, "malformed"],
  [521, "refused"],
  [522, "connect-timeout"],
  [523, "unresolved"],
  [524, "first-byte-timeout"],
  [525, "tls"],
  [526, "tls"],
  [530, "unresolved"],
]);

/** Words in the exceptions of workerd; the first that is found counts. */
const WORDS: readonly (readonly [RegExp, UpstreamFailure])[] = [
  // On one's own machine a name that does not resolve is an "internal error"; in production it is a 530.
  [/dns|resolve|internal error/i, "unresolved"],
  [/certificate|tls|ssl/i, "tls"],
  [/refused|unreachable/i, "refused"],
  [/disconnected|premature|lost|reset|eof/i, "reset"],
  [/malformed|invalid|http|protocol/i, "malformed"],
];

/** Undefined: the status is the origin's, and may be relayed. */
export function failureOfStatus(status: number): UpstreamFailure | undefined {
  if (status < 200 || status > 599) return "malformed";
  return STATUSES.get(status);
}

/** What an exception of fetch means. */
export function failureOfError(error: unknown): UpstreamFailure {
  const text = error instanceof Error ? error.message : String(error);
  return WORDS.find(([words]) => words.test(text))?.[1] ?? "refused";
}
