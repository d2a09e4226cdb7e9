import { serverErrorOf } from "../../../../postgres/explain-error.ts";
import { sqlParser } from "../../../../postgres/parse-sql.ts";
import type { Session } from "../../../../postgres/session.ts";
import type { Loss, Witnesses } from "../../../backend.ts";
import type { JsonObject } from "../../../drop.ts";
import { collectStatements } from "./collect-statements.ts";
import type { LoggedStatement } from "./collect-statements.ts";
import { findLog } from "./find-log.ts";
import { newestLogBytes, readLog } from "./read-log.ts";

/** Who came and went under one name is told; the newest of them, where somebody did it again and again. */
const mostStatements = 8;

/**
 * Who dropped, or renamed, what is lost, as the server's log has it since `sinceMs` ago. Never throws for what the server does not let it
 * see. A name that was dropped, made anew and dropped again has several statements: all are told.
 */
export async function findLogWitness(
  session: Session,
  losses: readonly Loss[],
  sinceMs: number,
): Promise<Witnesses> {
  const log = await findLog(session);
  // The inventory has told that.
  if ("blind" in log) return { witnessed: [], blind: [] };
  try {
    const { records, isCut } = await readLog(session, log, sinceMs);
    const statements = await collectStatements(records, await sqlParser());
    const witnessed: Witnesses["witnessed"][number][] = [];
    for (const { part, id, name } of losses) {
      const told = named(statements, part, name);
      const times = await readTimes(session, told);
      if (told.length > 0)
        witnessed.push({
          part,
          id,
          witness: { ddl_log: told.map((each, index) => describe(each, times[index])) },
        });
    }
    const blind = isCut
      ? [`only the newest ${newestLogBytes / 2 ** 20} MB of the server's log were read`]
      : [];
    return { witnessed, blind };
  } catch (error) {
    const failure = serverErrorOf(error);
    if (failure === undefined) throw error;
    return { witnessed: [], blind: [`the server's log could not be read: ${failure.message}`] };
  }
}

interface Told {
  readonly statement: LoggedStatement;
  readonly name: string;
  readonly renamedTo: string | null;
  readonly part: string;
}

/** By the name that it was seen under, and by those that it was given since. */
function named(statements: readonly LoggedStatement[], part: string, name: string): readonly Told[] {
  const names = new Set([name]);
  const told: Told[] = [];
  for (const statement of statements) {
    const act = statement.acts.find((each) => each.part === part && names.has(each.name));
    if (act === undefined) continue;
    if (act.renamedTo !== null) names.add(act.renamedTo);
    told.push({ statement, part, name: act.name, renamedTo: act.renamedTo });
  }
  return told.slice(-mostStatements);
}

/** The server knows its own zone. */
async function readTimes(session: Session, told: readonly Told[]): Promise<readonly (Date | null)[]> {
  const rows = await session.sql.unsafe<{ at: Date }[]>(
    `select t.value::pg_catalog.timestamp at time zone pg_catalog.current_setting('log_timezone') as at
       from pg_catalog.json_array_elements_text($1::pg_catalog.text::pg_catalog.json) with ordinality t (value, place) order by t.place`,
    [JSON.stringify(told.map(({ statement }) => statement.record.time))],
  );
  return rows.map(({ at }) => at);
}

function describe(
  { statement: { record, laterError }, part, name, renamedTo }: Told,
  at: Date | null | undefined,
): JsonObject {
  return {
    at: at?.toISOString() ?? null,
    statement: renamedTo === null ? `DROP ${part.toUpperCase()}` : `ALTER ${part.toUpperCase()} RENAME`,
    name,
    ...(renamedTo === null ? {} : { renamed_to: renamedTo }),
    user: record.user,
    database: record.database,
    client_address: record.client,
    application_name: record.application,
    session_id: record.session,
    sqlstate: record.sqlstate,
    ...(laterError === null ? {} : { later_error: laterError }),
  };
}
