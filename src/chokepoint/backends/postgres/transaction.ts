import type { Session } from "../../../postgres/connect.ts";
import { explainServerError } from "../../../postgres/connect.ts";
import { explainRefusal } from "./refusal.ts";

/**
 * Runs work in a transaction of a session that nobody else uses meanwhile. Where the server says no, everything is rolled back and
 * `TargetRefused` is thrown; a commit whose answer was lost throws `connection-lost`, and is looked up by who asks for the standing.
 */
export async function inTransaction<T>(session: Session, what: string, work: () => Promise<T>): Promise<T> {
  await session.sql
    .unsafe("begin")
    .catch((error: unknown) => Promise.reject(explainServerError(error, what)));
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // Where even that cannot be sent, the session is lost, and the server rolls back by itself.
    await session.sql.unsafe("rollback").catch(() => undefined);
    throw explainRefusal(error, what);
  }
  await session.sql.unsafe("commit").catch((error: unknown) => Promise.reject(explainRefusal(error, what)));
  return result;
}
