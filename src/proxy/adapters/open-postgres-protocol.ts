import { judgeStartupOptions } from "../../destruction/sql/wire/judge-startup-options.ts";
import { OpsError } from "../../errors.ts";
import { sqlParser } from "../../postgres/parse-sql.ts";
import { errorResponse } from "../../wire/postgres/write-server.ts";
import type { CancelKeys } from "../sessions/postgres/cancel-keys.ts";
import { openPostgresSession } from "../sessions/postgres/open-postgres-session.ts";
import { recogniserOf } from "../sessions/postgres/recogniser-of.ts";
import type { SqlRecogniser } from "../sessions/postgres/recogniser.ts";
import type { Speaker } from "../sessions/ports.ts";
import type { WireProtocol } from "./wire-protocols.ts";

const tooMany = errorResponse({
  severity: "FATAL",
  code: "53300",
  message: "sorry, too many connections to this listener of custody already",
});

/**
 * PostgreSQL's protocol, with the grammar loaded once. `knownFunctions`: of a session's database, for a role that could drop what others own;
 * may reject with `OpsError`.
 */
export async function openPostgresProtocol(
  knownFunctions: (speaker: Speaker) => Promise<ReadonlySet<string> | null>,
  cancelKeys: CancelKeys,
): Promise<WireProtocol> {
  const parse = await sqlParser();
  const usual = recogniserOf({ parse, isAdmin: false, knownFunctions: null });
  const recogniserFor = async (speaker: Speaker, isAdmin: boolean): Promise<SqlRecogniser> =>
    isAdmin ? recogniserOf({ parse, isAdmin, knownFunctions: await known(speaker) }) : usual;
  /** Of a database that cannot be asked, or is not there, less is known: only what every server has. */
  const known = async (speaker: Speaker): Promise<ReadonlySet<string> | null> => {
    try {
      return await knownFunctions(speaker);
    } catch (error) {
      if (error instanceof OpsError) return null;
      throw error;
    }
  };
  return {
    tooMany,
    open: (connection, context, requiresTls) =>
      openPostgresSession(connection, {
        ...context,
        cancelKeys,
        requiresTls,
        recogniserFor,
        readStartup: judgeStartupOptions,
      }),
  };
}
