import { civilFromDays, daysFromCivil } from "../../postgres/civil-days.ts";

/** Days from 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin. */
const epochDays = 10_957;
const microsPerDay = 86_400_000_000n;
const infinity = 2n ** 63n - 1n;

/**
 * A timestamptz's binary form (microseconds since 2000-01-01 UTC) as ISO 8601, `2026-11-21T12:00:00.000000Z`; years beyond
 * 9999 and before 1 BC have a sign (`+10000-…`, `-0043-…` is 44 BC, `0000-…` is 1 BC), and the ends of time are `infinity` and
 * `-infinity`. Every value has one text and every text one value.
 */
export function formatIsoMicros(micros: bigint): string {
  if (micros === infinity) return "infinity";
  if (micros === -infinity - 1n) return "-infinity";
  const whole = micros / microsPerDay - (micros % microsPerDay < 0n ? 1n : 0n);
  const inDay = Number(micros - whole * microsPerDay);
  const { year, month, day } = civilFromDays(Number(whole) + epochDays);
  const seconds = Math.floor(inDay / 1_000_000);
  return (
    `${formatYear(year)}-${pad(month, 2)}-${pad(day, 2)}T` +
    `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}` +
    `.${pad(inDay % 1_000_000, 6)}Z`
  );
}

/** The reverse of `formatIsoMicros`; null for what it does not write. */
export function parseIsoMicros(text: string): bigint | null {
  if (text === "infinity") return infinity;
  if (text === "-infinity") return -infinity - 1n;
  const found = /^([+-]?\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z$/.exec(text);
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0] = found
    .slice(1)
    .map(Number);
  const days = BigInt(daysFromCivil(year, month, day) - epochDays);
  const inDay = BigInt(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction);
  const micros = days * microsPerDay + inDay;
  return BigInt.asIntN(64, micros) === micros && formatIsoMicros(micros) === text ? micros : null;
}

function formatYear(year: number): string {
  const sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return `${sign}${pad(Math.abs(year), 4)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
