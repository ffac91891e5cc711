/** HTTP dates (RFC 9110 §5.6.7): the three formats a recipient must accept, nothing else. */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE = /^(?:mon|tue|wed|thu|fri|sat|sun), (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$/;
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC850_DATE =
  /^(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday), (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt$/;
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/** The longest date has 33 characters; more is not a date. */
const MAX_DATE_LENGTH = 40;
const MAX_FUTURE_YEARS_OF_TWO_DIGITS = 50;

/** Milliseconds since the Unix epoch, or undefined when the value is no HTTP date. `nowMs` resolves two-digit years. */
export function parseHttpDate(value: string, nowMs: number): number | undefined {
  if (value.length > MAX_DATE_LENGTH) return undefined;
  const text = value.toLowerCase();
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed) return toMs(fixed[3], fixed[2], fixed[1], fixed.slice(4, 7));
  const rfc850 = RFC850_DATE.exec(text);
  if (rfc850) return toMs(`${fullYear(Number(rfc850[3]), nowMs)}`, rfc850[2], rfc850[1], rfc850.slice(4, 7));
  const asctime = ASCTIME_DATE.exec(text);
  if (asctime) return toMs(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
  return undefined;
}

/** A two-digit year more than 50 years in the future is in the past (RFC 9110 §5.6.7). */
function fullYear(twoDigits: number, nowMs: number): number {
  const currentYear = yearOf(nowMs);
  const inThisCentury = currentYear - (currentYear % 100) + twoDigits;
  return inThisCentury > currentYear + MAX_FUTURE_YEARS_OF_TWO_DIGITS ? inThisCentury - 100 : inThisCentury;
}

function toMs(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  [hour, minute, second]: readonly string[],
): number | undefined {
  const monthIndex = MONTHS.indexOf(month ?? "");
  const dayOfMonth = Number(day);
  const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (monthIndex < 0 || !inRange || dayOfMonth < 1 || dayOfMonth > daysInMonth(Number(year), monthIndex)) {
    return undefined;
  }
  return Date.UTC(Number(year), monthIndex, dayOfMonth, Number(hour), Number(minute), Math.min(59, Number(second)));
}

function daysInMonth(year: number, monthIndex: number): number {
  if (monthIndex === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [3, 5, 8, 10].includes(monthIndex) ? 30 : 31;
}

const MS_PER_DAY = 86_400_000;

/** Civil date from days since 1970-01-01: Howard Hinnant's algorithm, so that no clock object is needed. */
function civilFromMs(ms: number): { year: number; monthIndex: number; day: number } {
  const days = Math.floor(ms / MS_PER_DAY) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const monthIndex = shiftedMonth < 10 ? shiftedMonth + 2 : shiftedMonth - 10;
  return { year: yearOfEra + era * 400 + (monthIndex <= 1 ? 1 : 0), monthIndex, day };
}

function yearOf(ms: number): number {
  return civilFromMs(ms).year;
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`);

/** The IMF-fixdate of a moment, whole seconds. */
export function formatHttpDate(ms: number): string {
  const { year, monthIndex, day } = civilFromMs(ms);
  const seconds = Math.floor(ms / 1000) - Math.floor(ms / MS_PER_DAY) * 86_400;
  const weekday = DAY_NAMES[(((Math.floor(ms / MS_PER_DAY) + 4) % 7) + 7) % 7];
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${weekday}, ${two(day)} ${MONTH_NAMES[monthIndex]} ${`${year}`.padStart(4, "0")} ${time} GMT`;
}
