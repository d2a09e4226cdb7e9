import { explainServerError } from "../../../postgres/connect.ts";
import type { Inventory, InventoryItem, Loss, Witnesses } from "../../backend.ts";
import type { Context } from "./context.ts";
import { findLog } from "./log/find-log.ts";
import { findLogWitness } from "./log/find-log-witness.ts";
import { openReadOnly } from "./open-session.ts";
import { readServerFacts } from "./server-facts.ts";
import { readDropRecords } from "./wal/read-drop-records.ts";

/** What stands on a server: databases but its templates, roles but its own. Any role may read it; the WAL takes pg_monitor or more. */
export async function readInventory(context: Context, signal: AbortSignal): Promise<Inventory> {
  await using session = await openReadOnly(await context.settings(), {
    applicationName: "reconciliation",
    signal,
  });
  const { systemIdentifier } = await readServerFacts(session);
  const items = await session.sql
    .unsafe<(InventoryItem & Record<string, unknown>)[]>(
      `select 'database' as part, datname::text as name, oid::text as id from pg_catalog.pg_database where not datistemplate
       union all select 'role', rolname::text, oid::text from pg_catalog.pg_roles where oid >= 16384
       order by 1, 2`,
    )
    .catch((error: unknown) => Promise.reject(explainServerError(error, "reading the inventory")));
  const { records, blind } = await readDropRecords(session);
  const log = await findLog(session);
  return {
    systemIdentifier,
    items: items.map(({ part, name, id }) => ({ part, name, id })),
    witnessed: records.map(({ oid, lsn, at }) => ({
      part: "database",
      id: oid,
      at,
      witness: { wal: lsn, dropped_at: at?.toISOString() ?? null },
    })),
    blind: [
      ...(blind === null ? [] : [blind]),
      ...("blind" in log ? [log.blind] : []),
      `roles leave no record in the WAL: of a role that is gone the catalog ${"blind" in log ? "alone tells" : "and the log alone tell"}`,
      "schemas are not looked at",
    ],
  };
}

/** What the server's log has of what is lost. */
export async function readWitnesses(
  context: Context,
  losses: readonly Loss[],
  sinceMs: number,
  signal: AbortSignal,
): Promise<Witnesses> {
  await using session = await openReadOnly(await context.settings(), {
    applicationName: "reconciliation",
    signal,
  });
  return await findLogWitness(session, losses, sinceMs);
}
