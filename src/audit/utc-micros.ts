/** Days from 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin. */
const epochDays = 10_957;
const microsPerDay = 86_400_000_000n;
const infinity = 2n ** 63n - 1n;

/**
 * `YYYY-MM-DDTHH:MM:SS.ffffffZ` of a timestamptz's binary form (microseconds since 2000-01-01 UTC), as
 * `to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')` has it: years beyond 9999 take more digits, years BC no sign.
 * Null for ±infinity, of which to_char makes nothing.
 */
export function formatUtcMicros(micros: bigint): string | null {
  if (micros === infinity || micros === -infinity - 1n) return null;
  const day = micros / microsPerDay - (micros % microsPerDay < 0n ? 1n : 0n);
  const inDay = Number(micros - day * microsPerDay);
  const { year, month, date } = civilFromDays(Number(day) + epochDays);
  const seconds = Math.floor(inDay / 1_000_000);
  const shownYear = year <= 0 ? 1 - year : year;
  return (
    `${pad(shownYear, 4)}-${pad(month, 2)}-${pad(date, 2)}T` +
    `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}` +
    `.${pad(inDay % 1_000_000, 6)}Z`
  );
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/** Proleptic Gregorian date of a day since 1970-01-01: https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function civilFromDays(days: number): { year: number; month: number; date: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}
