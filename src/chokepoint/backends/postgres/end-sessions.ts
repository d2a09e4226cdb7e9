import { setTimeout as pause } from "node:timers/promises";
import { InterruptedError } from "../../../errors.ts";
import { explainServerError } from "../../../postgres/connect.ts";
import type { Session } from "../../../postgres/connect.ts";

/** Whose sessions are to end. */
export type Whose =
  | { readonly kind: "database"; readonly oid: string }
  | { readonly kind: "role"; readonly oid: string }
  | { readonly kind: "application"; readonly name: string };

/** One that may not be ended would fail the statement for all. */
const mayEnd = `(pg_catalog.pg_has_role(current_user, a.usesysid, 'USAGE') or pg_catalog.pg_has_role(current_user, 'pg_signal_backend', 'USAGE') and not r.rolsuper)
              and (not r.rolsuper or pg_catalog.current_setting('is_superuser') = 'on')`;

const columns = { database: "datid::text", role: "usesysid::text", application: "application_name" } as const;

/**
 * Asks the server to end every session of theirs, custody's own of `spared` apart, and returns how many are still there. Backends end
 * even where their client is stopped: a write that nobody reads is given up.
 */
export async function endSessions(
  session: Session,
  whose: Whose,
  spared: readonly number[],
): Promise<number> {
  const [row] = await session.sql
    .unsafe<{ left: number }[]>(
      `select pg_catalog.count(case when ${mayEnd} then pg_catalog.pg_terminate_backend(a.pid) else false end)::int as left
         from pg_catalog.pg_stat_activity a join pg_catalog.pg_roles r on r.oid = a.usesysid
        where a.${columns[whose.kind]} = $1 and a.pid <> all ($2::int[])`,
      [whose.kind === "application" ? whose.name : whose.oid, `{${spared.join(",")}}`],
    )
    .catch((error: unknown) => Promise.reject(explainServerError(error, "ending the sessions")));
  return row?.left ?? 0;
}

const everyMs = 50;

/** Until none is left, or the time is over: whether none is left. Clients that connect again meanwhile are ended again. */
export async function endAllSessions(
  session: Session,
  whose: Whose,
  spared: readonly number[],
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + limits.timeoutMs;
  for (;;) {
    if ((await endSessions(session, whose, spared)) === 0) return true;
    if (performance.now() > deadline) return false;
    if (limits.signal.aborted) throw new InterruptedError();
    await pause(everyMs, undefined, { signal: limits.signal }).catch(() => undefined);
  }
}

/** Ends them over and over until the work is done: it waits for them, and clients of a pool come back at once. */
export async function whileEnding<T>(
  session: Session,
  whose: readonly Whose[],
  spared: readonly number[],
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const endThem = async (): Promise<void> => {
    while (!done.signal.aborted) {
      for (const each of whose) await endSessions(session, each, spared);
      await pause(everyMs, undefined, { signal: done.signal }).catch(() => undefined);
    }
  };
  // Who stays is what the work fails of, and says so itself.
  const ending = endThem().catch(() => undefined);
  try {
    return await work;
  } finally {
    done.abort();
    await ending;
  }
}
