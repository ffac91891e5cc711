/** A point in time as a config writes it (RFC 3339): with seconds and a zone, so that it means one thing. */

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Milliseconds since the Unix epoch, or undefined when the text is no time or names a day that does not exist. */
export function parseInstant(text: string): number | undefined {
  const parts = INSTANT.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(localMs);
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return undefined;
  const sign = parts[7] === "-" ? -1 : 1;
  const offsetHours = Number(parts[8] ?? 0);
  const offsetMinutes = Number(parts[9] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  return localMs - sign * (offsetHours * 60 + offsetMinutes) * 60_000;
}
