import { explainServerError } from "../../postgres/connect.ts";
import { connect } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteLiteral } from "../../postgres/identifiers.ts";
import type { ApplicationName } from "../../postgres/session-parameters.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { pinnedSettings } from "../pinned-settings.ts";

/** Sessions that all see one snapshot: one keeps it, the others read in it. READ ONLY, all of them. */
export interface SnapshotSessions extends AsyncDisposable {
  /** Has exported the snapshot, and must stay open until the others have begun. */
  readonly keeper: Session;
  /** As many as there are jobs; the keeper is none of them. */
  readonly readers: readonly Session[];
  readonly snapshot: string;
}

/** A source is never waited for long: a lock that is not granted means that somebody is at work there. */
const lockTimeout = "10s";

/**
 * Opens `jobs` + 1 sessions in one exported snapshot. Works on a standby.
 *
 * @throws OpsError unreachable, authentication-failed, permission-denied …
 */
export async function openSnapshotSessions(
  settings: ConnectionSettings,
  options: {
    readonly jobs: number;
    readonly signal: AbortSignal;
    readonly applicationName: ApplicationName;
  },
): Promise<SnapshotSessions> {
  await using stack = new AsyncDisposableStack();
  const open = async (): Promise<Session> => {
    const session = await connect(settings, {
      applicationName: options.applicationName,
      signal: options.signal,
      parameters: {
        ...pinnedSettings,
        default_transaction_read_only: "on",
        lock_timeout: lockTimeout,
        statement_timeout: "0",
        idle_in_transaction_session_timeout: "0",
        client_encoding: "UTF8",
      },
    });
    stack.use(session);
    await session.sql.unsafe("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    return session;
  };
  const keeper = await open();
  const [row] = await keeper.sql
    .unsafe<{ snapshot: string }[]>("SELECT pg_catalog.pg_export_snapshot() AS snapshot")
    .catch((error: unknown) => {
      throw explainServerError(error, "exporting a snapshot");
    });
  const snapshot = row?.snapshot ?? "";
  const readers = await Promise.all(
    Array.from({ length: options.jobs }, async () => {
      const session = await open();
      await session.sql.unsafe(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot)}`);
      return session;
    }),
  );
  const owned = stack.move();
  return { keeper, readers, snapshot, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
