import type { Session } from "../../../postgres/connect.ts";
import { setClause } from "./settings.ts";

/**
 * Makes the settings of `ALTER DATABASE x` or `ALTER ROLE x [IN DATABASE y]` what they were, in a transaction; what is the same is not
 * touched. Returns what the server did not take, for people.
 */
export async function giveBackSettings(
  session: Session,
  alter: string,
  now: readonly string[],
  saved: readonly string[],
): Promise<readonly string[]> {
  if (now.toSorted().join("\n") === saved.toSorted().join("\n")) return [];
  const notes: string[] = [];
  if (now.length > 0) await session.sql.unsafe(`${alter} reset all`);
  for (const entry of saved) {
    const clause = setClause(entry);
    if (clause === null) continue;
    const failure = await tryInside(session, `${alter} ${clause}`);
    if (failure !== null) notes.push(`not given back: ${alter} ${clause.split(" to ")[0] ?? ""}: ${failure}`);
  }
  return notes;
}

/** Runs one statement inside of a transaction that goes on where the server refuses it; what it said then, else null. */
export async function tryInside(session: Session, statement: string): Promise<string | null> {
  await session.sql.unsafe("savepoint custody");
  try {
    await session.sql.unsafe(statement);
    await session.sql.unsafe("release savepoint custody");
    return null;
  } catch (error) {
    await session.sql.unsafe("rollback to savepoint custody");
    return error instanceof Error ? error.message : String(error);
  }
}
