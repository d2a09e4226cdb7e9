import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { Failure } from "./classify.ts";
import { firstWords } from "./deferred.ts";
import type { Deferred } from "./deferred.ts";
import { tryStatement } from "./run-statement.ts";
import type { StandIns } from "./stand-ins.ts";

/**
 * Gives what stand-ins own, and what they were granted, to the roles that they stand in for: a database that takes the place of
 * another belongs to whom that one belonged to. Everything is there by now, so that nobody's code runs with a powerful role's
 * rights; no statement here is more than an owner or a grant.
 *
 * `admin`: in the restored database, before its event triggers are made.
 */
export async function giveToPowerful(
  admin: Session,
  standIns: StandIns,
  grants: Deferred["grants"],
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  const run = async (statement: string, about = statement): Promise<boolean> => {
    const failure = await tryStatement(admin, statement);
    if (failure !== null)
      failures.push({ object: firstWords(about), ...failure, statement: about, isDependent: false });
    return failure === null;
  };
  for (const [role, standIn] of standIns) {
    const name = quoteIdentifier(standIn);
    // What it owns first: DROP OWNED then finds privileges alone.
    const isGiven = await run(`reassign owned by ${name} to ${quoteIdentifier(role)}`);
    if (isGiven) await run(`drop owned by ${name}`);
  }
  for (const { given } of grants) {
    if (given === null) continue;
    if (given.role !== null && !(await run(`set role ${quoteIdentifier(given.role)}`, given.statement)))
      continue;
    await run(given.statement);
    if (given.role !== null) await run("reset role");
  }
  return failures;
}

/**
 * Takes from the restoring role what pg_dump gives no owner (the multirange of a range type), so that it can be dropped in the end. The
 * database stays its own: by that an unfinished one is known.
 */
export async function releaseRestoreRole(admin: Session, role: string, database: string): Promise<void> {
  const name = quoteIdentifier(role);
  await admin.sql.unsafe(`reassign owned by ${name} to current_user`);
  await admin.sql.unsafe(`alter database ${quoteIdentifier(database)} owner to ${name}`);
}
