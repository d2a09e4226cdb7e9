import type { Session } from "../../src/postgres/session.ts";

/** A session whose server process ends when it is told to commit, or has just done so. */
export function losing(session: Session, admin: Session, isCommitted: boolean): Session {
  const end = async (): Promise<void> => {
    await admin.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query in ('commit', 'select 1 as next')`;
  };
  const unsafe = async (text: string, values?: readonly string[]): Promise<unknown> => {
    if (text !== "commit") return session.sql.unsafe(text, values === undefined ? [] : [...values]);
    if (isCommitted) await session.sql.unsafe(text);
    else await session.sql.unsafe("select 1 as next");
    await end();
    return session.sql.unsafe(text);
  };
  return { ...session, sql: Object.assign(Object.create(session.sql), { unsafe }) as Session["sql"] };
}
