import { z } from "zod";
import { parseDuration } from "../config/duration.ts";
import { OpsError } from "../errors.ts";

const instant = z.iso.datetime({ offset: true });

/** `7d` before `now`, or a time as ISO 8601 writes it. Throws `bad-usage`. */
export function readSince(text: string, now: Date): Date {
  const ago = parseDuration(text);
  if (ago !== null) return new Date(now.getTime() - ago);
  if (instant.safeParse(text).success) return new Date(text);
  throw new OpsError(
    "bad-usage",
    `--since is neither a time nor how long ago: ${text}`,
    "write 7d, 12h or 2026-11-01T00:00:00Z",
  );
}
