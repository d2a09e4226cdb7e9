import type postgres from "postgres";
import type { ConnectionSettings } from "./connection-settings.ts";

/**
 * A session with one server. It never reconnects: when its connection is lost, every further statement fails, because
 * what the session held (transaction, snapshot, settings, locks) is gone.
 *
 * int8 and numeric come as text, so do arrays (no type lookup is made); timestamps come as `Date`, which cuts
 * microseconds: select `::text` where they count.
 */
export interface Session extends AsyncDisposable {
  readonly sql: postgres.Sql;
  /** As asked for, but with the one host that answered: a tool started with them reaches the same server. */
  readonly settings: ConnectionSettings;
  /** "15.18" */
  readonly serverVersion: string;
  readonly major: number;
  readonly isEncrypted: boolean;
}

export interface Notice {
  readonly severity: string;
  readonly sqlstate: string;
  readonly message: string;
}
