import { connect, explainServerError } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";

/** The only names that are ever dropped here. */
export const canaryName = /^custody_canary_[0-9a-f]{32}$/;

/**
 * Drops a canary behind the gate's back, as somebody would: a plain session, no record before it. The one destruction of custody's own
 * that does not go through `guardedDrop`, on purpose: it is there to be found out. Only what bears a canary's name, and the oid that was
 * recorded when custody made it, is dropped; false where that is not there.
 */
export async function dropCanary(
  settings: ConnectionSettings,
  canary: { readonly name: string; readonly part: "database" | "role"; readonly id: string },
  signal: AbortSignal,
): Promise<boolean> {
  if (!canaryName.test(canary.name)) throw new Error("only a canary may be dropped here");
  await using session = await connect(settings, { applicationName: "canary", signal });
  try {
    const { sql } = session;
    const [found] =
      canary.part === "database"
        ? await sql<
            { id: string }[]
          >`select oid::text as id from pg_catalog.pg_database where datname = ${canary.name}`
        : await sql<
            { id: string }[]
          >`select oid::text as id from pg_catalog.pg_roles where rolname = ${canary.name}`;
    if (found?.id !== canary.id) return false;
    const kind = canary.part === "database" ? "database" : "role";
    await sql.unsafe(`drop ${kind} ${quoteIdentifier(canary.name)}`);
    return true;
  } catch (error) {
    throw explainServerError(error, `dropping the canary ${canary.name}`);
  }
}
