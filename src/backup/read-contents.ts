import { copyOut, readCopy } from "../postgres/copy-text.ts";
import type { Session } from "../postgres/connect.ts";
import { explainServerError } from "../postgres/connect.ts";
import { quoteIdentifierInAscii } from "../postgres/identifiers.ts";
import { createContentDigest } from "./content-digest.ts";
import type { ContentDigest } from "./content-digest.ts";
import type { TableContent } from "./fingerprint.ts";
import type { TableToRead } from "./list-tables.ts";

/** How far the reading has come. `diskBytes` of `totalDiskBytes` counts whole tables by their size on disk. */
export interface ContentProgress {
  readonly tables: number;
  readonly totalTables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly diskBytes: number;
  readonly totalDiskBytes: number;
}

export interface ReadContentsOptions {
  /** Client encoding of the text, default the database's own, as pg_dump has it. Another gives other digests. */
  readonly encoding?: string;
  /** Called after each table and about every 4 MB; it must be quick. */
  readonly onProgress?: (progress: ContentProgress) => void;
  readonly signal?: AbortSignal;
}

const reportEveryBytes = 4_000_000;

/**
 * Digests every table in one COPY pass, the biggest first, over sessions that share a snapshot and have
 * `pinnedSettings`. Results come in the order of `tables`. Memory is flat. Throws `OpsError`, or `InterruptedError`.
 */
export async function readContents(
  sessions: readonly Session[],
  tables: readonly TableToRead[],
  options: ReadContentsOptions = {},
): Promise<readonly TableContent[]> {
  const progress = createProgress(tables, options.onProgress);
  const waiting = tables
    .map((table, index) => ({ table, index }))
    .toSorted((a, b) => a.table.bytes - b.table.bytes);
  const results: TableContent[] = [];
  await shareWork(sessions, options.signal, (session, signal) =>
    inEncoding(session, options.encoding, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        results[next.index] = await readTable(session, next.table, signal, progress);
        progress.finish(next.table);
      }
    }),
  );
  if (waiting.length > 0) throw new RangeError("tables to read and no session to read them with");
  return results;
}

/** Runs the same work on every session; the first that fails stops the others, and its error is thrown once all have ended. */
async function shareWork(
  sessions: readonly Session[],
  outer: AbortSignal | undefined,
  work: (session: Session, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = outer === undefined ? stop.signal : AbortSignal.any([stop.signal, outer]);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  await Promise.all(
    sessions.map((session) =>
      work(session, signal).catch((error: unknown) => {
        failure.reject(error);
        stop.abort();
      }),
    ),
  );
  await Promise.race([failure.promise, Promise.resolve()]);
}

/** The statement whose text is digested. `ONLY` rows: COPY of a table never reads its children. */
export function copyStatement(table: TableToRead): string {
  // The session may be in another encoding than UTF-8 by now.
  const name = [table.schema, table.name].map(quoteIdentifierInAscii).join(".");
  const columns = table.columns.map(quoteIdentifierInAscii).join(", ");
  if (table.condition !== null) return `COPY (SELECT ${columns} FROM ${name} ${table.condition}) TO STDOUT`;
  return columns === "" ? `COPY ${name} TO STDOUT` : `COPY ${name} (${columns}) TO STDOUT`;
}

async function readTable(
  session: Session,
  table: TableToRead,
  signal: AbortSignal,
  progress: Progress,
): Promise<TableContent> {
  let unreported = 0;
  const report = (bytes: number): void => {
    unreported += bytes;
    if (unreported < reportEveryBytes) return;
    progress.add(0, unreported);
    unreported = 0;
  };
  const content = await digestRows(session, copyStatement(table), signal, report);
  progress.add(content.rows, unreported);
  return { table: table.table, columns: table.columns, ...content };
}

type Digested = ReturnType<ContentDigest["finish"]>;

/** A server sends each row by itself, so that no newline has to be looked for: as many rows came as it says that it sent. */
async function digestRows(
  session: Session,
  statement: string,
  signal: AbortSignal,
  report: (bytes: number) => void,
): Promise<Digested> {
  const digest = createContentDigest();
  let received = 0;
  const sent = await readCopy(
    session,
    statement,
    {
      onData(chunk, from, to) {
        digest.pushRow(chunk, from, to);
        received += to - from;
      },
      onReceived() {
        report(received);
        received = 0;
      },
    },
    signal,
  );
  const content = digest.finish();
  return content.rows === sent ? content : await digestBytes(session, statement, signal);
}

/** Where something between us and the server cuts its messages anew, rows are found by their newlines. */
async function digestBytes(session: Session, statement: string, signal: AbortSignal): Promise<Digested> {
  const digest = createContentDigest();
  for await (const chunk of copyOut(session, statement, signal)) digest.push(chunk);
  return digest.finish();
}

async function inEncoding(
  session: Session,
  encoding: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const wanted = encoding ?? (await serverEncoding(session));
  if (wanted === "UTF8") return work();
  await setEncoding(session, wanted);
  await work();
  await setEncoding(session, "UTF8");
}

/** The encoding of the database: what pg_dump writes unless told otherwise. */
export async function serverEncoding(session: Session): Promise<string> {
  const rows = await session.sql.unsafe<{ encoding: string }[]>(
    "SELECT pg_catalog.current_setting('server_encoding') AS encoding",
  );
  return rows[0]?.encoding ?? "UTF8";
}

async function setEncoding(session: Session, encoding: string): Promise<void> {
  await session.sql
    .unsafe("SELECT pg_catalog.set_config('client_encoding', $1, false)", [encoding])
    .catch((error: unknown) => {
      throw explainServerError(error, `reading as ${encoding}`);
    });
}

interface Progress {
  add(rows: number, bytes: number): void;
  finish(table: TableToRead): void;
}

function createProgress(tables: readonly TableToRead[], report: ReadContentsOptions["onProgress"]): Progress {
  const totalDiskBytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  let now: ContentProgress = {
    tables: 0,
    totalTables: tables.length,
    rows: 0,
    bytes: 0,
    diskBytes: 0,
    totalDiskBytes,
  };
  return {
    add(rows, bytes) {
      now = { ...now, rows: now.rows + rows, bytes: now.bytes + bytes };
      report?.(now);
    },
    finish(table) {
      now = { ...now, tables: now.tables + 1, diskBytes: now.diskBytes + table.bytes };
      report?.(now);
    },
  };
}
