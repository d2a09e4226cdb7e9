import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { OpsError } from "../errors.ts";
import { connect } from "../postgres/connect.ts";
import { displayAddress } from "../postgres/settings.ts";
import type { ToolEnd } from "../postgres/tool.ts";
import type { DumpOptions } from "./dump.ts";
import { noSpace } from "./dump-file.ts";

/**
 * Why pg_dump failed. Its messages carry no SQLSTATE and may be in any language, so the causes that have an answer of
 * their own are looked for in the world: a full file system, a table that somebody holds locked.
 */
export async function explainDumpFailure(
  end: ToolEnd,
  options: DumpOptions,
  elapsedMs: number,
): Promise<OpsError> {
  const said = errorLines(end.stderr);
  if (await isFull(options.path)) return noSpace(options.path);
  if (elapsedMs >= (options.lockTimeoutMs ?? 30_000)) {
    const holder = await findLockHolder(options);
    if (holder !== null) {
      return new OpsError(
        "timeout",
        `${holder.table} stayed locked by process ${holder.pid} for ${Math.round(elapsedMs / 1000)} s: ${said}`,
        `end that transaction (select pg_terminate_backend(${holder.pid})), or try when it is over`,
      );
    }
  }
  const how = end.endedBy === null ? "" : ` (ended by ${end.endedBy})`;
  return new OpsError(
    "server-error",
    `pg_dump of ${displayAddress(options.settings)} failed${how}: ${said}`,
    "run custody doctor, and look at the server's log",
  );
}

/** pg_dump's own words, on one line. */
function errorLines(stderr: readonly string[]): string {
  const lines = stderr
    .map((line) => line.replace(/^pg_dump: (error: |detail: |hint: )?/, "").trim())
    .filter((line) => line !== "");
  return lines.slice(0, 6).join("; ").slice(0, 1000) || "it said nothing";
}

async function isFull(path: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    return bavail * bsize < 1 << 20;
  } catch {
    return false;
  }
}

async function findLockHolder(
  options: DumpOptions,
): Promise<{ readonly table: string; readonly pid: number } | null> {
  try {
    await using session = await connect(options.settings, {
      applicationName: options.applicationName ?? "lock check",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const [row] = await session.sql.unsafe<{ table: string; pid: number }[]>(
      `select l.relation::pg_catalog.regclass::text as table, l.pid
         from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) l.relation
        where l.granted and l.mode = 'AccessExclusiveLock' and c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')
          and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
        order by l.pid limit 1`,
    );
    return row ?? null;
  } catch {
    return null;
  }
}
