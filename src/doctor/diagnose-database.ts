import { quoteIdentifier, quoteLiteral } from "../postgres/identifiers.ts";
import type { Diagnosis } from "./events.ts";
import type { DatabaseExamination, PreparedTransaction } from "./ports.ts";

/** The server versions that custody is tested with. */
const oldestMajor = 14;
/** A transaction manager prepares and commits within seconds. */
const forgottenAfterSeconds = 300;
const namesShown = 5;

/** What the role can do in the database, and what stands in its way. */
export function diagnoseDatabase(database: DatabaseExamination): readonly Diagnosis[] {
  return [
    check("database answers", "a session", `PostgreSQL ${database.serverVersion} at ${database.address}`, ""),
    check(
      "server version",
      `PostgreSQL ${oldestMajor} or newer`,
      database.serverVersion,
      database.major < oldestMajor ? "upgrade the server: this version gets no more fixes" : "",
    ),
    readable(database),
    objectsReadable(database),
    visible(database),
    prepared(database.preparedTransactions),
  ];
}

function readable({ unreadable, tables, role }: DatabaseExamination): Diagnosis {
  return check(
    "every table can be read",
    `${role} reads all tables and sequences`,
    unreadable.length === 0 ? `${tables} tables` : `not ${listed(unreadable)}`,
    unreadable.length === 0 ? "" : `as a superuser: GRANT pg_read_all_data TO ${quoteIdentifier(role)}`,
  );
}

function objectsReadable({ unreadableObjects: denied, role }: DatabaseExamination): Diagnosis {
  return check(
    "every large object can be read",
    `${role} reads all large objects`,
    denied.length === 0 ? "all of them" : `not ${listed(denied.map(String))}`,
    denied.length === 0
      ? ""
      : `as their owner: GRANT SELECT ON LARGE OBJECT ${denied[0]} TO ${quoteIdentifier(role)}, and so on (pg_read_all_data does not reach them)`,
  );
}

function visible({ hidden, role }: DatabaseExamination): Diagnosis {
  return check(
    "every row can be read",
    `no row-level security applies to ${role}`,
    hidden.length === 0 ? "none applies" : `it applies to ${listed(hidden)}`,
    hidden.length === 0 ? "" : `as a superuser: ALTER ROLE ${quoteIdentifier(role)} BYPASSRLS`,
  );
}

function prepared(transactions: readonly PreparedTransaction[]): Diagnosis {
  const first = transactions.find(
    ({ blocksChain, ageSeconds }) => blocksChain || ageSeconds > forgottenAfterSeconds,
  );
  return check(
    "no forgotten prepared transaction",
    `none older than ${forgottenAfterSeconds} s, none that holds a chain's head`,
    transactions.length === 0 ? "none" : transactions.map(describeTransaction).join("; "),
    first === undefined
      ? ""
      : `in database ${first.database}, as ${first.owner} or a superuser: ROLLBACK PREPARED ${quoteLiteral(first.name)} (or COMMIT PREPARED)`,
  );
}

function describeTransaction({
  name,
  owner,
  database,
  ageSeconds,
  blocksChain,
}: PreparedTransaction): string {
  const effect = blocksChain ? ", blocks every append to the audit chain" : "";
  return `'${name}' of ${owner} in ${database}, prepared ${Math.round(ageSeconds)} s ago${effect}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

function check(name: string, expected: string, actual: string, remedy: string): Diagnosis {
  return {
    group: "doctor.database",
    name,
    outcome: remedy === "" ? "passed" : "failed",
    expected,
    actual,
    remedy,
  };
}
