import { isHarmlessBuiltIn } from "../../destruction/sql/wire/is-harmless-built-in.ts";
import { OpsError } from "../../errors.ts";
import { connect, explainServerError } from "../../postgres/connect.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import { catalogParameters } from "./postgres-roles.ts";

/**
 * The names under which a session in a database can call nothing but what the server came with, and nothing harmful. Rejects with `OpsError`
 * where it cannot be had. None in a database that is not there: the server says so itself. At most 60 s old: a function that is made later
 * under such a name is not noticed before.
 */
export type KnownFunctions = (database: string) => Promise<ReadonlySet<string>>;

const ttlMs = 60_000;
/** After a question that failed: nobody outside sets the pace of what the target is asked. */
const pauseMs = 1_000;
const mostDatabases = 64;
const deadlineMs = 5_000;

/** invalid_catalog_name */
const noSuchDatabase = "3D000";

interface Entry {
  /** By when it is asked for again. */
  until: number;
  readonly names: Promise<ReadonlySet<string>>;
}

/** Asks each database over a connection that is closed at once: one that stays would keep it from being dropped. */
export function createKnownFunctions(
  settings: ConnectionSettings,
  now: () => number = () => performance.now(),
): KnownFunctions {
  const entries = new Map<string, Entry>();
  return async (database) => {
    const kept = entries.get(database);
    if (kept !== undefined && now() < kept.until) return await kept.names;
    entries.delete(database);
    const entry: Entry = { until: now() + ttlMs, names: readNames({ ...settings, database }) };
    // The one that was asked for first has the least of its time left.
    for (const oldest of entries.keys()) {
      if (entries.size < mostDatabases) break;
      entries.delete(oldest);
    }
    entries.set(database, entry);
    try {
      return await entry.names;
    } catch (error) {
      entry.until = now() + pauseMs;
      throw error;
    }
  };
}

async function readNames(settings: ConnectionSettings): Promise<ReadonlySet<string>> {
  const life = new AbortController();
  const late = setTimeout(() => life.abort(), deadlineMs);
  try {
    await using session = await connect(settings, {
      applicationName: "role gate",
      parameters: catalogParameters,
      signal: life.signal,
    });
    // 11: pg_catalog. Below 16384: made by initdb; an extension may put its functions into pg_catalog as well.
    const rows = await session.sql.unsafe<{ name: string }[]>(
      `select p.proname::text as name from pg_catalog.pg_proc p group by p.proname
       having pg_catalog.bool_and(p.pronamespace = 11 and p.oid < 16384)`,
    );
    return new Set(rows.map(({ name }) => name).filter(isHarmlessBuiltIn));
  } catch (error) {
    const { cause } = error instanceof OpsError ? error : { cause: error };
    if (serverErrorOf(cause)?.sqlstate === noSuchDatabase) return new Set();
    if (!life.signal.aborted)
      throw explainServerError(error, `the functions of database ${settings.database}`);
    throw new OpsError(
      "unreachable",
      `the functions of database ${settings.database} could not be read within ${deadlineMs / 1000} s`,
      "see whether its server is up, and takes custody's connections",
    );
  } finally {
    clearTimeout(late);
  }
}
