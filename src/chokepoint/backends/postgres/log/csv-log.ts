import type { LogFormat, LogRecord } from "./log-record.ts";

const start = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3} /;

/** Of PostgreSQL 14 and later: the columns of the manual's `postgres_log`. */
const columns = 26;

/** `log_destination = csvlog`. */
export const csvLog: LogFormat = {
  suffix: ".csv",
  read(text, isInside) {
    const records: LogRecord[] = [];
    let at = isInside ? text.indexOf("\n") + 1 : 0;
    if (isInside && at === 0) return { records, rest: "" };
    while (at < text.length) {
      const row = start.test(text.slice(at, at + 24)) ? readRow(text, at) : null;
      if (row === "cut") break;
      if (row !== null) records.push(recordOf(row.fields));
      // A line that begins no record is the rest of one that was never finished.
      const end = row?.end ?? text.indexOf("\n", at) + 1;
      if (end === 0) break;
      at = end;
    }
    return { records, rest: text.slice(at) };
  },
};

/** Fields are empty, bare, or in quotes that are doubled inside; a line may end inside of quotes alone. `cut`: more text may make a row of it. */
function readRow(
  text: string,
  from: number,
): { readonly fields: readonly string[]; readonly end: number } | "cut" | null {
  const fields: string[] = [];
  for (let at = from; fields.length < columns;) {
    const isQuoted = text[at] === '"';
    const end = isQuoted ? closingQuote(text, at + 1) + 1 : endOfBare(text, at);
    if (end <= 0 || end >= text.length) return "cut";
    const written = text.slice(at, end);
    if (!isQuoted && written.includes('"')) return null;
    fields.push(isQuoted ? written.slice(1, -1).replaceAll('""', '"') : written);
    const isLast = fields.length === columns;
    if (text[end] !== (isLast ? "\n" : ",")) return null;
    at = end + 1;
    if (isLast) return { fields, end: at };
  }
  return null;
}

/** -1 where the text ends before. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function endOfBare(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "," && text[at] !== "\n") at += 1;
  return at;
}

function recordOf(fields: readonly string[]): LogRecord {
  const at = (column: number): string => fields[column] ?? "";
  return {
    time: at(0).slice(0, 23),
    user: at(1),
    database: at(2),
    client: at(4),
    session: at(5),
    transaction: at(9),
    sqlstate: at(12),
    message: at(13),
    detail: at(14),
    context: `${at(16)}${at(18)}`,
    statement: at(19),
    application: at(22),
  };
}
