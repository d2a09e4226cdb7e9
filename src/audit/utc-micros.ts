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

/** Writes the text of a timestamp into `out` and returns how many bytes it took; -1 for one that has no text. */
export type UtcMicrosWriter = (high: number, low: number, out: Uint8Array, at: number) => number;

/** For rows by the million: the date is kept from row to row, the time is written digit by digit. */
export function createUtcMicrosWriter(): UtcMicrosWriter {
  let day = Number.NaN;
  let date: Uint8Array = new Uint8Array(0);
  return (high, low, out, at) => {
    const micros = high * 0x1_0000_0000 + (low >>> 0);
    if (!Number.isSafeInteger(micros)) {
      const text = formatUtcMicros((BigInt(high) << 32n) | BigInt(low >>> 0));
      return text === null ? -1 : Buffer.from(out.buffer, out.byteOffset).write(text, at, "latin1");
    }
    const whole = Math.floor(micros / 86_400_000_000);
    if (whole !== day) {
      day = whole;
      date = Buffer.from(formatUtcMicros(BigInt(whole) * microsPerDay)?.split("T")[0] ?? "", "latin1");
    }
    for (let index = 0; index < date.length; index += 1) out[at + index] = date[index] ?? 0;
    const inDay = micros - whole * 86_400_000_000;
    const seconds = (inDay / 1_000_000) | 0;
    const minutes = (seconds / 60) | 0;
    const hours = (minutes / 60) | 0;
    const place = at + date.length;
    out[place] = letters.t;
    writeDigits(out, place + 1, 2, hours);
    out[place + 3] = letters.colon;
    writeDigits(out, place + 4, 2, minutes - hours * 60);
    out[place + 6] = letters.colon;
    writeDigits(out, place + 7, 2, seconds - minutes * 60);
    out[place + 9] = letters.dot;
    writeDigits(out, place + 10, 6, (inDay - seconds * 1_000_000) | 0);
    out[place + 16] = letters.z;
    return date.length + 17;
  };
}

const letters = { t: 0x54, z: 0x5a, colon: 0x3a, dot: 0x2e, zero: 0x30 } as const;

/** In whole numbers of 32 bits: a remainder of what may be a fraction costs more than all the rest of a row's time. */
function writeDigits(out: Uint8Array, at: number, count: number, value: number): void {
  let rest = value;
  for (let index = at + count - 1; index >= at; index -= 1) {
    const tens = (rest / 10) | 0;
    out[index] = letters.zero + rest - tens * 10;
    rest = tens;
  }
}
