import type { Clock } from "./toc.ts";

/**
 * When an archive was made. Its head holds the wall clock of the host that dumped, without its time zone: pg_restore
 * takes it for this host's zone. custody's own dumps are in UTC, so of the two readings the later one that is not after
 * the file's own time counts. Null when the head holds no date.
 */
export function createdAt(clock: Clock, modified: Date): Date | null {
  const { year, month, day, hour, minute, second } = clock;
  const isDate = year >= 1990 && year < 2200 && month >= 0 && month < 12 && day >= 1 && day <= 31;
  if (!isDate || hour > 23 || minute > 59 || second > 60) return null;
  const utc = new Date(Date.UTC(year, month, day, hour, minute, second));
  const local = new Date(year, month, day, hour, minute, second);
  const [earlier, later] = utc <= local ? [utc, local] : [local, utc];
  return later.getTime() <= modified.getTime() + 60_000 ? later : earlier;
}

/** `2026-11-21 22:44:24`, of whatever time zone. */
export function stampOf({ year, month, day, hour, minute, second }: Clock): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${year}-${two(month + 1)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}
