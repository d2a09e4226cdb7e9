import type { InsideFacts, ServerFacts } from "./facts.ts";
import type { Statement } from "./finding.ts";

/** One server, by a role that can look at it. */
export interface LockdownTarget extends AsyncDisposable {
  /** Roles, databases, grants and settings. Throws `OpsError` when the server cannot be asked. */
  readServer(): Promise<ServerFacts>;
  /** What stands in one database. Throws `OpsError` where it cannot be connected to. */
  readInside(database: string): Promise<InsideFacts>;
  /** All in one transaction, in the database or, for null, in any; one alone where it cannot stand in one. Throws `OpsError`, naming the statement. */
  apply(database: string | null, statements: readonly Statement[]): Promise<void>;
}

export interface LockdownPorts {
  open(dbUrl: string): Promise<LockdownTarget>;
  /** What a function's body destroys or runs, in words; empty: nothing. */
  judgeBody(language: string, body: string): Promise<readonly string[]>;
}
