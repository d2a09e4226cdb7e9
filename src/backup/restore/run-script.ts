import type { Session } from "../../postgres/connect.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import { entryLabel } from "../archive/archive.ts";
import type { Archive, ArchiveEntry } from "../archive/archive.ts";
import { readArchiveTable } from "../archive/contents.ts";
import { decodeText } from "../archive/cursor.ts";
import { gunzipChunks, readChunks } from "../archive/read-chunks.ts";
import { createScriptReader } from "../archive/script-reader.ts";
import type { ScriptEvent } from "../archive/script-events.ts";
import type { Failure } from "./classify.ts";
import { isDoneElsewhere, isOfEntry } from "./script-place.ts";
import { isDrop, statementKind } from "./statement-kind.ts";
import { startCopyIn } from "./copy-in.ts";
import type { CopyIn } from "./copy-in.ts";
import { firstWords } from "./deferred.ts";
import type { DeferredStatements } from "./deferred.ts";
import { isEntryHeader } from "../archive/plain-entries.ts";
import type { RestorePlan } from "./plan.ts";
import type { PgRestoreRun } from "./run-pg-restore.ts";
import { restoreError } from "./restore-error.ts";
import type { RestoreError } from "./restore-error.ts";
import type { StatementFailure } from "./run-statement.ts";
import { toUtf8 } from "./to-utf8.ts";

/** PostgreSQL takes no longer statement. */
const longestStatement = 1 << 30;

export interface ScriptResult {
  readonly failures: readonly Failure[];
  /** psql commands that the script holds: none was run; and what no statement of its own can be blamed for. */
  readonly errors: readonly RestoreError[];
}

/**
 * Runs a plain script statement by statement, going on after errors. It is read by custody and sent to the server, with
 * no psql in between: a psql command in it (`\!`, `\copy … program`) has nobody who could run it.
 */
export async function runScript(
  session: Session,
  archive: Archive,
  plan: RestorePlan,
  deferred: DeferredStatements,
  run: Pick<PgRestoreRun, "installation" | "signal">,
): Promise<ScriptResult> {
  const runner = createRunner(session, archive, plan, deferred, run);
  let events: ScriptEvent[] = [];
  const reader = createScriptReader((event) => void events.push(owned(event)), longestStatement);
  const raw = readChunks(archive.path, run.signal);
  // Statements travel as UTF-8 whatever the script is in; its own `SET client_encoding` is passed over.
  const converter = toUtf8(archive.encoding ?? "UTF8");
  for await (const chunk of archive.gzipped ? gunzipChunks(raw, archive.path) : raw) {
    reader.push(converter === null ? chunk : converter.push(chunk));
    for (const event of events) await runner.handle(event);
    events = [];
  }
  if (converter !== null) reader.push(converter.finish());
  reader.finish();
  for (const event of events) await runner.handle(event);
  return runner.finish();
}

/** The reader takes its bytes back when the handler returns. */
function owned(event: ScriptEvent): ScriptEvent {
  return "bytes" in event ? { ...event, bytes: Buffer.from(event.bytes) } : event;
}

function createRunner(
  session: Session,
  archive: Archive,
  plan: RestorePlan,
  deferred: DeferredStatements,
  run: Pick<PgRestoreRun, "installation" | "signal">,
): { handle(event: ScriptEvent): Promise<void>; finish(): ScriptResult } {
  const failures: Failure[] = [];
  const errors: RestoreError[] = [];
  const main = new Set(plan.main.map(({ dumpId }) => dumpId));
  const isConverted = toUtf8(archive.encoding ?? "UTF8") !== null;
  let headers = 0;
  let entry: ArchiveEntry | undefined;
  let copy: CopyIn | null = null;
  let copyStatement = "";

  const failed = (failure: StatementFailure, statement: string): void => {
    const object = entry === undefined ? firstWords(statement) : entryLabel(entry);
    failures.push({ object, ...failure, statement, isDependent: failure.sqlstate === "25P02" });
  };
  const copyFailed = (failure: StatementFailure): void => {
    failed(failure, copyStatement);
    const last = failures.at(-1);
    const { namespace, tag } = entry ?? { namespace: null, tag: "" };
    if (last === undefined || namespace === null) return;
    failures[failures.length - 1] = {
      ...last,
      rows: () => readArchiveTable(archive, { schema: namespace, name: tag }, run),
    };
  };
  /** Before the first entry stands what `--clean` drops; in a new database there is nothing to drop. */
  const isCleaning = (text: string): boolean => entry === undefined && isDrop(text);
  const isSkipped = (): boolean => entry !== undefined && !main.has(entry.dumpId);

  /** Where owners speak for themselves (pg_dump --use-set-session-authorization) nothing says who owns what. */
  const noteSession = (text: string): void => {
    const isOfGrants = entry === undefined || entry.desc === "ACL" || entry.desc === "DEFAULT ACL";
    if (isOfGrants || deferred.ignoresSessions() || statementKind(text) !== "session") return;
    deferred.ignoreSessions();
    const message = "dumped with --use-set-session-authorization: owners are not restored from such a script";
    errors.push(restoreError("permission", { object: "the script", message }));
  };

  const notRun = (text: string): void => {
    const message = "not run: it stands below no header of pg_dump's that says what it is about";
    errors.push(restoreError("other", { object: firstWords(text), message, statement: text }));
  };

  const statement = async (text: string): Promise<void> => {
    noteSession(text);
    if (!isDoneElsewhere(text, entry, archive.entries)) return notRun(text);
    if (
      deferred.take(text) ||
      isCleaning(text) ||
      (entry !== undefined && isSkipped() && isOfEntry(text, entry)) ||
      (isConverted && /^set\s+client_encoding\b/i.test(text))
    )
      return;
    const failure = await execute(session, text);
    if (failure !== null) failed(failure, text);
  };

  return {
    async handle(event) {
      switch (event.type) {
        case "comment":
          if (!isEntryHeader(event.text)) return;
          entry = archive.entries[headers];
          headers += 1;
          return;
        case "statement":
          return await statement(decodeText(event.bytes));
        case "copy-start": {
          copyStatement = decodeText(event.bytes);
          if (isSkipped()) return;
          const started = await startCopyIn(session, copyStatement);
          if ("sqlstate" in started) copyFailed(started);
          else copy = started;
          return;
        }
        case "copy-data":
          return await copy?.write(event.bytes);
        case "copy-end": {
          const failure = copy === null ? null : await copy.finish();
          copy = null;
          if (failure !== null) copyFailed(failure);
          return;
        }
        case "long-statement":
          failed(
            { sqlstate: "54000", message: "a statement longer than 1 GB" },
            decodeText(event.bytes.subarray(0, 500)),
          );
          return;
        case "meta-command":
          // pg_dump's own: a guard against what this runner cannot do anyway, and the way into a database of -C.
          if (/^\\(un)?restrict\s|^\\connect\s/.test(event.text)) return;
          errors.push(
            restoreError("meta-command", {
              object: `line ${event.line}`,
              message: `psql command ${firstWords(event.text)}: not run`,
            }),
          );
      }
    },
    finish: () => ({ failures, errors }),
  };
}

/** Rows that a statement returns are passed over one by one. */
async function execute(session: Session, statement: string): Promise<StatementFailure | null> {
  try {
    await session.sql.unsafe(statement).forEach(() => undefined);
    return null;
  } catch (error) {
    const failure = serverErrorOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}
