import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../errors.ts";
import { connect } from "../connect.ts";
import type { ConnectionSettings } from "../connection-settings.ts";
import { explainServerError } from "../explain-error.ts";
import { quoteIdentifier } from "../identifiers.ts";
import { findPostmaster } from "./find-postmaster.ts";
import type { PrivatePlace } from "./place.ts";

const applicationName = "ledger keeper";

/** Waits while a server that listens recovers from a crash. Throws why it cannot be reached once nobody listens any more. */
export async function whenUp(
  place: PrivatePlace,
  admin: ConnectionSettings,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await using _session = await connect(admin, { applicationName, signal });
      return;
    } catch (error) {
      if (!(error instanceof OpsError) || error.code !== "unreachable") throw error;
      if ((await findPostmaster(place)).kind === "none") throw error;
    }
    await delay(100);
    if (signal.aborted) throw new InterruptedError();
  }
}

/** A role that is no superuser and a database that is its own, under one name; nothing where they are. */
export async function makeDatabase(admin: ConnectionSettings, name: string): Promise<void> {
  const quoted = quoteIdentifier(name);
  try {
    await using session = await connect(admin, { applicationName });
    const { sql } = session;
    const roles = await sql`select from pg_catalog.pg_roles where rolname = ${name}`;
    if (roles.length === 0) await sql.unsafe(`create role ${quoted} login`);
    const databases = await sql`select from pg_catalog.pg_database where datname = ${name}`;
    if (databases.length === 0) await sql.unsafe(`create database ${quoted} owner ${quoted}`);
    await using inside = await connect({ ...admin, database: name }, { applicationName });
    // So that checkpoints name their cluster.
    await inside.sql.unsafe(
      `grant execute on function pg_catalog.pg_control_system(), pg_catalog.pg_control_checkpoint(), pg_catalog.pg_control_recovery()
         to ${quoted}`,
    );
  } catch (error) {
    throw explainServerError(error, "making the ledger's database");
  }
}

const longestGoodbyeMs = 1000;

/** Whether nobody else is connected; sessions that were just closed get a moment to end. False where it cannot be asked. */
export async function isLast(admin: ConnectionSettings): Promise<boolean> {
  try {
    await using session = await connect(admin, { applicationName });
    const deadline = performance.now() + longestGoodbyeMs;
    for (;;) {
      const [others] = await session.sql<{ count: number }[]>`
        select pg_catalog.count(*)::pg_catalog.int4 as count from pg_catalog.pg_stat_activity
         where pid <> pg_catalog.pg_backend_pid() and backend_type in ('client backend', 'walsender')`;
      if (others?.count === 0) return true;
      if (performance.now() > deadline) return false;
      await delay(20);
    }
  } catch (error) {
    explainServerError(error, "asking who is connected to the ledger");
    return false;
  }
}
