import type { Lines } from "../lines.ts";
import type { CommentSyntax } from "../syntax/syntax.ts";
import { coveredLines } from "./covered-lines.ts";
import type { LineRange } from "./covered-lines.ts";

/** One `custody-allow` of a file; lines and columns count from 1. */
export interface SuppressionComment {
  readonly line: number;
  readonly column: number;
  /** What it speaks of; null when no code follows. */
  readonly covers: LineRange | null;
  readonly allows:
    | { readonly is: "valid"; readonly reason: string; /** ISO 8601, the last day. */ readonly until: string }
    /** Why it allows nothing. */
    | { readonly is: "malformed"; readonly why: string };
}

/** The suppressions of one file. Words about `custody-allow` in running text are none, nor is one in quotation marks. */
export function readSuppressions(
  comments: readonly CommentSyntax[],
  lines: Lines,
): readonly SuppressionComment[] {
  return comments.flatMap(({ text, at }) => {
    const covers = coveredLines(lines, at, at + text.length);
    return [...text.matchAll(/[^\r\n]+/g)].flatMap((match) => {
      const found = /(?<![`"'])custody-allow(?=\s*:)|(?<=^[\s/*#;<!%{(-]*)custody-allow\b/i.exec(match[0]);
      if (found === null) return [];
      const place = lines.at(at + match.index + found.index);
      const rest = match[0].slice(found.index + "custody-allow".length);
      return [{ ...place, covers, allows: readAllowance(rest) }];
    });
  });
}

const example = "write custody-allow: <reason> until 2027-01-31";

function readAllowance(rest: string): SuppressionComment["allows"] {
  const malformed = (why: string) => ({ is: "malformed", why: `${why}: ${example}` }) as const;
  const [, said] = /^\s*:(.*)$/.exec(rest) ?? [];
  if (said === undefined) return malformed("there is no colon behind custody-allow");
  // A reason may speak of "until" as well: the day decides, else the last one.
  const match =
    /^(.*?)(?:^|\s)until\s+(\d{4}-\d{2}-\d{2}(?!\d)\S*)/i.exec(said.trim()) ??
    /^(.*)(?:^|\s)until(?:\s+(\S+))?/i.exec(said.trim());
  if (match === null) return malformed("it does not say until when");
  const reason = (match[1] ?? "").trim().replace(/[,;:\s-]+$/, "");
  const [, until] = /^(\d{4}-\d{2}-\d{2})(?!\d)/.exec(match[2] ?? "") ?? [];
  if (!/\p{L}/u.test(reason)) return malformed("it gives no reason");
  if (until === undefined || !isDay(until)) {
    return malformed(match[2] === undefined ? "it does not say until when" : `${match[2]} is no day`);
  }
  return { is: "valid", reason, until };
}

/** Whether the calendar has it. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The day is allowed to its end, in UTC. */
export function isExpired(until: string, nowMs: number): boolean {
  return nowMs >= Date.parse(`${until}T00:00:00Z`) + 86_400_000;
}
