/** DNS cookies (RFC 7873, RFC 9018): who shows one that we gave it has an address that is its own. */
import { parseAddress } from "../net/address.ts";
import { sipHash24 } from "./siphash.ts";

/** What a server needs to make and know its cookies. */
export interface CookieSecrets {
  /** 16 bytes. */
  readonly current: Uint8Array;
  /** The one before: its cookies are still known. */
  readonly previous?: Uint8Array | undefined;
}

/** RFC 9018 section 4.3: not older than an hour, not more than five minutes ahead. */
const [AGE_MAX_SECONDS, AHEAD_MAX_SECONDS] = [3600, 300];
const [CLIENT_BYTES, SERVER_BYTES] = [8, 16];

/** The option's content for an answer: the client's part and ours. */
export function cookieFor(asked: Uint8Array, address: string, { current }: CookieSecrets, nowMs: number): Uint8Array {
  const seconds = Math.floor(nowMs / 1000);
  const about = Uint8Array.of(1, 0, 0, 0, seconds >>> 24, seconds >>> 16, seconds >>> 8, seconds);
  return joined(asked.subarray(0, CLIENT_BYTES), about, hashOf(asked, about, address, current));
}

/** Whether the asker shows a cookie of ours, made for its address and not too old. */
export function isOurCookie(asked: Uint8Array, address: string, secrets: CookieSecrets, nowMs: number): boolean {
  const server = asked.subarray(CLIENT_BYTES);
  if (server.length !== SERVER_BYTES || server[0] !== 1) return false;
  const about = server.subarray(0, 8);
  const made = about.subarray(4).reduce((sum, byte) => ((sum << 8) | byte) >>> 0, 0);
  // Serial numbers: the clock of the option ends in 2106 (RFC 9018 section 4.3).
  const ageSeconds = (Math.floor(nowMs / 1000) - made) | 0;
  if (ageSeconds > AGE_MAX_SECONDS || ageSeconds < -AHEAD_MAX_SECONDS) return false;
  const given = server.subarray(8);
  return [secrets.current, secrets.previous].some(
    (secret) => secret !== undefined && isSame(given, hashOf(asked, about, address, secret)),
  );
}

function hashOf(asked: Uint8Array, about: Uint8Array, address: string, secret: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(parseAddress(address)?.bytes ?? []);
  return sipHash24(secret, joined(asked.subarray(0, CLIENT_BYTES), about, bytes));
}

/** Takes as long whatever differs. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.reduce((sum, byte, index) => sum | (byte ^ (other[index] ?? 0)), 0) === 0;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
