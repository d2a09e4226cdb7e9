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

/** The same for timestamps by the million: days are kept from one to the next, and most numbers are no bigints. */
interface IsoMicros {
  /** Of the value's upper and lower half, the upper one signed. */
  format(high: number, low: number): string;
  /** Not all that it takes is what `format` writes: format it again and compare, where that matters. Null for no timestamp. */
  parse(text: string): bigint | number | null;
}

const dayMicros = 86_400_000_000;
const plain = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

export function createIsoMicros(): IsoMicros {
  let formattedDay = Number.NaN;
  let formattedDate = "";
  let parsedDate = "";
  let parsedDay = Number.NaN;
  return {
    format(high, low) {
      const micros = high * 0x1_0000_0000 + low;
      if (!Number.isSafeInteger(micros)) return formatIsoMicros((BigInt(high) << 32n) | BigInt(low));
      const day = Math.floor(micros / dayMicros);
      if (day !== formattedDay) {
        formattedDay = day;
        formattedDate = formatIsoMicros(BigInt(day) * microsPerDay).slice(0, -timeLength);
      }
      const inDay = micros - day * dayMicros;
      const seconds = Math.floor(inDay / 1_000_000);
      const minutes = Math.floor(seconds / 60);
      return (
        `${formattedDate}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}` +
        `.${pad(inDay - seconds * 1_000_000, 6)}Z`
      );
    },
    parse(text) {
      if (!plain.test(text)) return parseIsoMicros(text);
      const date = text.slice(0, 10);
      if (date !== parsedDate) {
        const midnight = parseIsoMicros(`${date}T00:00:00.000000Z`);
        if (midnight === null) return null;
        parsedDate = date;
        parsedDay = Number(midnight / microsPerDay) * dayMicros;
      }
      const digits = (from: number, to: number): number => Number(text.slice(from, to));
      const seconds = (digits(11, 13) * 60 + digits(14, 16)) * 60 + digits(17, 19);
      const micros = parsedDay + seconds * 1_000_000 + digits(20, 26);
      return Number.isSafeInteger(micros) ? micros : parseIsoMicros(text);
    },
  };
}

/** Of `HH:MM:SS.ffffffZ`. */
const timeLength = 16;
const twoDigits = Array.from({ length: 60 }, (_, value) => pad(value, 2));

function two(value: number): string {
  return twoDigits[value] ?? "";
}
