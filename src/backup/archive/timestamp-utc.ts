import { civilFromDays, daysFromCivil } from "../../postgres/civil-days.ts";

/** A timestamptz as the server writes it with DateStyle ISO: `2026-01-01 00:00:00.5+01`, `0044-03-15 12:00:00-00:43:08 BC`. */
const pattern =
  /(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d{1,6})?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?/g;

/** Rewrites every timestamptz in a text (a value, an array, a range) to UTC; what is in UTC stays as it is. */
export function timestampsToUtc(text: string): string {
  return text.replace(pattern, toUtc);
}

function toUtc(
  whole: string,
  year: string,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second: string,
  fraction: string | undefined,
  sign: string,
  offsetHours: string,
  offsetMinutes: string | undefined,
  offsetSeconds: string | undefined,
  era: string | undefined,
): string {
  const offset = Number(offsetHours) * 3600 + Number(offsetMinutes ?? 0) * 60 + Number(offsetSeconds ?? 0);
  if (offset === 0) return whole;
  const astronomical = era === undefined ? Number(year) : 1 - Number(year);
  const local =
    daysFromCivil(astronomical, Number(month), Number(day)) * 86_400 +
    Number(hour) * 3600 +
    Number(minute) * 60 +
    Number(second);
  return write(sign === "+" ? local - offset : local + offset, fraction ?? "");
}

function write(seconds: number, fraction: string): string {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const { year, month, day } = civilFromDays(days);
  const isBefore = year <= 0;
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${String(isBefore ? 1 - year : year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${date} ${time}${fraction}+00${isBefore ? " BC" : ""}`;
}
