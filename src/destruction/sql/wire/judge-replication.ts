import type { Token } from "../token.ts";
import { collectStatements } from "./collect-statements.ts";
import { judgeSqlBytes } from "./judge-sql-bytes.ts";
import { harmless } from "./judge-wire-text.ts";
import type { SqlJudgement, SqlReader } from "./judgement.ts";
import type { SqlState } from "./sql-state.ts";

/** Commands of a walsender that read, or stream, and that are no SQL (https://www.postgresql.org/docs/18/protocol-replication.html). */
const quiet: ReadonlySet<string> = new Set(
  (
    "IDENTIFY_SYSTEM TIMELINE_HISTORY CREATE_REPLICATION_SLOT READ_REPLICATION_SLOT START_REPLICATION BASE_BACKUP UPLOAD_MANIFEST " +
    "ALTER_REPLICATION_SLOT"
  ).split(" "),
);

/**
 * What a query destroys that comes on a replication connection: a command of the walsender's own, or SQL, which `replication=database`
 * takes as well. By the first word, as the server tells them apart.
 */
export function judgeReplicationCommand(bytes: Uint8Array, state: SqlState, reader: SqlReader): SqlJudgement {
  let first: readonly Token[] = [];
  const reading = collectStatements(state, ({ tokens }) => {
    if (first.length === 0) first = tokens;
  });
  reading.push(bytes);
  reading.end();
  const { statements } = reading.collected;
  const word = first[0]?.word ?? "";
  if (word === "DROP_REPLICATION_SLOT") {
    const judged = judgeSqlBytes(bytes, state, reader);
    const names = first[1] === undefined ? [] : [first[1].text];
    const slot = { kind: "slot", what: word, names, at: 0, certainty: "certain" } as const;
    // Behind the first word the server's other grammar reads on: one command, and nothing else.
    return { ...judged, destructions: [slot], effects: [], statements };
  }
  return quiet.has(word) && statements === 1 ? harmless : judgeSqlBytes(bytes, state, reader);
}
