import drops from "../../../migrations/000002_drops.sql" with { type: "text" };
import inventory from "../../../migrations/000003_inventory.sql" with { type: "text" };
import orphans from "../../../migrations/000004_orphans.sql" with { type: "text" };
import leftFences from "../../../migrations/000005_left_fences.sql" with { type: "text" };
import statements from "../../../migrations/000006_statements.sql" with { type: "text" };
import { installChain } from "../../audit/install-chain.ts";
import { migrate } from "../../postgres/migrate.ts";
import type { Migration } from "../../postgres/migrate.ts";
import type { Session } from "../../postgres/session.ts";

const migrations: readonly Migration[] = [
  { version: 1, name: "000002_drops", sql: drops },
  { version: 2, name: "000003_inventory", sql: inventory },
  { version: 3, name: "000004_orphans", sql: orphans },
  { version: 4, name: "000005_left_fences", sql: leftFences },
  { version: 5, name: "000006_statements", sql: statements },
];

/**
 * Installs the chain and the tables of drops, or brings them up to date; several instances at once do it once. The caller's role owns
 * what is new. Throws as `installChain`.
 */
export async function installDrops(session: Session, schema: string): Promise<void> {
  await installChain(session, { schema });
  await migrate(session, { schema, migrations, currentVersion: (each) => readVersion(each, schema) });
}

/** Read off the body of custody_drops_version(), never by calling it: as the chain's version is. */
async function readVersion(session: Session, schema: string): Promise<number> {
  const rows = await session.sql<{ body: string | null }[]>`
    select pg_catalog.pg_get_function_sqlbody(p.oid) as body
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where n.nspname = ${schema} and p.proname = 'custody_drops_version' and p.pronargs = 0`;
  const version = /^RETURN (\d{1,9})$/.exec(rows[0]?.body ?? "")?.[1];
  return version === undefined ? 0 : Number(version);
}
