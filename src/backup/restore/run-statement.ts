import type { Session } from "../../postgres/connect.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";

export interface StatementFailure {
  readonly sqlstate: string;
  readonly message: string;
}

/** Not in the library's types: without it a statement without parameters goes by the simple protocol. */
const extended = { prepare: false, simple: false };

/**
 * Runs one statement and returns the server's error, if it had one; what is no error of the server's (a lost
 * connection, an interruption) is thrown. More than one statement in the text is an error (42601), since it goes by the
 * extended protocol: what was read as one statement can never turn out to be two.
 */
export async function tryStatement(session: Session, statement: string): Promise<StatementFailure | null> {
  try {
    await session.sql.unsafe(statement, [], extended);
    return null;
  } catch (error) {
    const failure = serverErrorOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}
