/** The kinds of flag values: how each is read from text, and what to say when it cannot be. */
import type { Coordinates } from "../core/config/types.ts";

/** A place to listen at or to connect to; `host` has no brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What the text of each kind of flag becomes. */
export interface KindValues {
  string: string;
  boolean: boolean;
  number: number;
  /** Bytes. */
  size: number;
  /** Milliseconds. */
  duration: number;
  hostport: HostPort;
  url: URL;
  place: Coordinates;
  /** Comma-separated, and the flag may be repeated. */
  list: readonly string[];
  /** Comma-separated, and the flag may be repeated. */
  urls: readonly URL[];
}

/** The closed list of kinds. */
export type FlagKind = keyof KindValues;

/** A value, or one sentence that says what is wrong and what to write instead. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "problem"; readonly problem: string };

function value<T>(read: T): Reading<T> {
  return { kind: "value", value: read };
}

function problem(text: string): Reading<never> {
  return { kind: "problem", problem: text };
}

/** Reads a plain decimal number. */
export function readNumber(text: string): Reading<number> {
  return /^-?\d+(\.\d+)?$/.test(text)
    ? value(Number(text))
    : problem(`"${text}" is not a number; write for example 10`);
}

const SIZE_FACTORS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Reads "256mb" as bytes; k, m, g and t are powers of 1,024, as in nginx and Varnish. */
export function readSize(text: string): Reading<number> {
  const match = /^(\d+(?:\.\d+)?)(?:(b)|([kmgt])(?:i?b)?)$/i.exec(text);
  const factor = SIZE_FACTORS[(match?.[2] ?? match?.[3] ?? "").toLowerCase()];
  if (match === null || factor === undefined) {
    return problem(
      /^\d+$/.test(text)
        ? `"${text}" has no unit; write ${text}mb (or kb, gb, b)`
        : `"${text}" is not a size; write for example 256mb or 10gb`,
    );
  }
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes)
    ? value(bytes)
    : problem(`"${text}" is larger than any disk; write for example 10gb`);
}

const DURATION_FACTORS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads "200ms", "5s", "2m", "1h" or "7d" as milliseconds; only 0 may go without a unit. */
export function readDuration(text: string): Reading<number> {
  if (text === "0") return value(0);
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/i.exec(text);
  const factor = DURATION_FACTORS[(match?.[2] ?? "").toLowerCase()];
  if (match === null || factor === undefined) {
    return problem(
      /^\d+$/.test(text)
        ? `"${text}" has no unit; write ${text}s (or ms, m, h, d)`
        : `"${text}" is not a duration; write for example 5s or 200ms`,
    );
  }
  const durationMs = Number(match[1]) * factor;
  return Number.isSafeInteger(Math.round(durationMs)) ? value(durationMs) : problem(`"${text}" is too long`);
}

/** Reads "127.0.0.1:8080", "name:8080" or "[::1]:8080"; port 0 lets the system choose one. */
export function readHostPort(text: string): Reading<HostPort> {
  const port = /^:?(\d+)$/.exec(text)?.[1];
  if (port !== undefined) {
    return problem(
      `"${text}" has no host; write 127.0.0.1:${port} for this machine only, 0.0.0.0:${port} for every network`,
    );
  }
  if (/^[a-z]+:\/\//i.test(text)) return problem(`"${text}" is a URL; write HOST:PORT, for example 127.0.0.1:8080`);
  const match = /^(?:\[([0-9a-f:.%\w]+)\]|([^\s:[\]/@?#]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const number = Number(match?.[3]);
  if (host === undefined) {
    return problem(
      /^[0-9a-f]*:[0-9a-f:.]*$/i.test(text)
        ? `"${text}" is an IPv6 address without brackets or port; write [::1]:8080`
        : `"${text}" is not HOST:PORT; write for example 127.0.0.1:8080 or [::1]:8080`,
    );
  }
  return number <= 65_535
    ? value({ host, port: number })
    : problem(`port ${number} does not exist; the highest is 65535`);
}

/** Reads an absolute URL with one of the schemes; http and https may not carry a user name or password. */
export function readUrl(text: string, schemes: readonly string[]): Reading<URL> {
  const written = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const example = `${schemes[0] ?? "http"}://127.0.0.1:3000`;
  if (written === undefined) {
    const guess = `${schemes[0] ?? "http"}://${text}`;
    return problem(
      URL.canParse(guess) && !text.includes(" ")
        ? `"${text}" has no scheme; write ${guess}`
        : `"${text}" is not a URL; write for example ${example}`,
    );
  }
  if (!schemes.includes(written))
    return problem(`"${text}" must begin with ${schemes.map((s) => `${s}://`).join(" or ")}`);
  if (!URL.canParse(text)) return problem(`"${text}" is not a URL; write for example ${example}`);
  const url = new URL(text);
  if (url.hostname === "") return problem(`"${text}" has no host; write for example ${example}`);
  const secret = written.startsWith("http") && (url.username !== "" || url.password !== "");
  return secret ? problem("the URL carries a user name or password; write it without") : value(url);
}

/** Reads "LAT,LON" in degrees, south and west negative. */
export function readPlace(text: string): Reading<Coordinates> {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  const latitude = Number(match?.[1] ?? Number.NaN);
  const longitude = Number(match?.[2] ?? Number.NaN);
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return value([latitude, longitude]);
  return problem(`"${text}" is not LAT,LON in degrees; write for example 40.71,-74.01 (New York)`);
}

/** The members of a comma-separated list, trimmed, empty ones dropped. */
export function readList(text: string): readonly string[] {
  return text
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}
