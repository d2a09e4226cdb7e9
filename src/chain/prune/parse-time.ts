import { parseIsoMicros } from "../../audit/rows/iso-micros.ts";
import { OpsError } from "../../errors.ts";

const microsPerMinute = 60_000_000n;

/**
 * `2026-01-01` (its beginning in UTC), or a time of day with its offset: `2026-01-01T00:00:00+01:00`, `…Z`; seconds and up
 * to six digits after them may be left out. Microseconds since 2000-01-01 UTC. Throws `bad-usage`.
 */
export function parseTime(text: string): bigint {
  const [, date, time, fraction, offset] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:?\d\d))?$/.exec(text) ?? [];
  if (date !== undefined) {
    const clock = time === undefined ? "00:00:00" : time.length === 5 ? `${time}:00` : time;
    const micros = parseIsoMicros(`${date}T${clock}.${(fraction ?? "").padEnd(6, "0")}Z`);
    const minutes = offsetMinutes(offset);
    if (micros !== null && minutes !== null) return micros - BigInt(minutes) * microsPerMinute;
  }
  throw new OpsError(
    "bad-usage",
    `--before is no time: ${text}`,
    "write a day (2026-01-01, its beginning in UTC), or a time with its offset: 2026-01-01T00:00:00+01:00",
  );
}

function offsetMinutes(text: string | undefined): number | null {
  if (text === undefined || text === "Z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 15 || minutes > 59) return null;
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
