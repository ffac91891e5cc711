/** Countries as keys, logs and origins see them: two letters of ISO 3166-1, or one value for all that are unknown. */

/** The country of a client of which none is known: a code that ISO 3166-1 leaves to users. */
export const UNKNOWN_COUNTRY = "XX";

/** A country code in upper case; whatever is none (absent, Tor's `T1` apart, free text) is unknown. */
export function countryCode(text: string | undefined): string {
  if (text === undefined) return UNKNOWN_COUNTRY;
  const code = text.toUpperCase();
  return /^[A-Z][A-Z0-9]$/.test(code) ? code : UNKNOWN_COUNTRY;
}
