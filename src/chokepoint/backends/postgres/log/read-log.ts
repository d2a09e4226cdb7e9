import type { Session } from "../../../../postgres/session.ts";
import type { ServerLog } from "./find-log.ts";
import type { LogRecord } from "./log-record.ts";

/** The newest of the log that is looked at: all of it goes over the wire. */
export const newestLogBytes = 64 * 2 ** 20;
const chunkBytes = 4 * 2 ** 20;

interface Piece {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export interface ReadLog {
  /** Oldest first. */
  readonly records: AsyncGenerator<LogRecord>;
  /** Whether there was more since then than is looked at. */
  readonly isCut: boolean;
}

/**
 * What the server logged since the time that it had `sinceMs` ago, over all files that it went on to since. Rejects, and the generator
 * throws, what the server reports.
 */
export async function readLog(
  session: Session,
  { format, directory }: ServerLog,
  sinceMs: number,
  limit: number = newestLogBytes,
): Promise<ReadLog> {
  const files = await session.sql.unsafe<{ name: string; size: string; since: string }[]>(
    `with since as (select pg_catalog.clock_timestamp() - $1::pg_catalog.text::pg_catalog.interval as at)
     select l.name, l.size::text as size,
            pg_catalog.to_char(since.at at time zone pg_catalog.current_setting('log_timezone'), 'YYYY-MM-DD HH24:MI:SS.MS') as since
       from pg_catalog.pg_ls_logdir() l, since
      where pg_catalog.right(l.name, $2::int4) = $3 and l.modification >= pg_catalog.date_trunc('second', since.at)
      order by l.modification desc, l.name desc`,
    [`${Math.ceil(sinceMs)} milliseconds`, String(format.suffix.length), format.suffix],
  );
  let left = limit;
  const pieces: Piece[] = [];
  for (const { name, size } of files) {
    const to = Number(size);
    const from = Math.max(0, to - left);
    if (from < to) pieces.unshift({ path: `${directory}/${name}`, from, to });
    left -= to - from;
  }
  const total = files.reduce((sum, { size }) => sum + Number(size), 0);
  const since = files[0]?.since ?? "";
  async function* read(): AsyncGenerator<LogRecord> {
    for (const piece of pieces)
      for await (const record of readPiece(session, format, piece)) if (record.time >= since) yield record;
  }
  return { records: read(), isCut: total > limit };
}

async function* readPiece(
  session: Session,
  format: ServerLog["format"],
  { path, from, to }: Piece,
): AsyncGenerator<LogRecord> {
  // A session logs in the encoding of its database: what is not UTF-8 is no name that could be compared.
  const decoder = new TextDecoder();
  let text = "";
  let isInside = from > 0;
  for (let at = from; at < to;) {
    const [row] = await session.sql.unsafe<{ bytes: Uint8Array }[]>(
      "select pg_catalog.pg_read_binary_file($1, $2::pg_catalog.int8, $3::pg_catalog.int8) as bytes",
      [path, String(at), String(Math.min(chunkBytes, to - at))],
    );
    if (row === undefined || row.bytes.length === 0) return;
    at += row.bytes.length;
    const { records, rest } = format.read(text + decoder.decode(row.bytes, { stream: true }), isInside);
    yield* records;
    isInside &&= records.length === 0 && rest === "";
    text = rest;
  }
}
