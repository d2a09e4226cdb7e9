import { civilFromDays } from "../postgres/civil-days.ts";

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
  const whole = micros / microsPerDay - (micros % microsPerDay < 0n ? 1n : 0n);
  const inDay = Number(micros - whole * microsPerDay);
  const { year, month, day } = civilFromDays(Number(whole) + epochDays);
  const seconds = Math.floor(inDay / 1_000_000);
  const shownYear = year <= 0 ? 1 - year : year;
  return (
    `${pad(shownYear, 4)}-${pad(month, 2)}-${pad(day, 2)}T` +
    `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}` +
    `.${pad(inDay % 1_000_000, 6)}Z`
  );
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
