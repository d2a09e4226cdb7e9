import { dependsOnState, isSuspect } from "../../../destruction/sql/wire/find-suspicion.ts";
import { judgeReplicationCommand } from "../../../destruction/sql/wire/judge-replication.ts";
import { createSqlStream, judgeSqlBytes } from "../../../destruction/sql/wire/judge-sql-bytes.ts";
import type { SqlReader } from "../../../destruction/sql/wire/judgement.ts";
import type { SqlRecogniser } from "./recogniser.ts";

/** The recogniser as one reader asks it. */
export function recogniserOf(reader: SqlReader): SqlRecogniser {
  return {
    isSuspect,
    dependsOnState,
    judge: (text, state) => judgeSqlBytes(text, state, reader),
    judgeReplication: (text, state) => judgeReplicationCommand(text, state, reader),
    openStream: (state) => createSqlStream(state, reader),
  };
}
