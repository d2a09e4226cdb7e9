import { z } from "zod";
import { unreadableLargeObjects } from "../../backup/read-large-objects.ts";
import { connect, explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import { displayAddress, resolveSettings } from "../../postgres/settings.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { DatabaseExamination } from "../ports.ts";

const facts = z.object({
  role: z.string(),
  isSuperuser: z.boolean(),
  readsAllData: z.boolean(),
  canReplicate: z.boolean(),
  canCreateDatabases: z.boolean(),
  encoding: z.string(),
  isStandby: z.boolean(),
  sizeBytes: z.coerce.number(),
});

const relation = z.object({
  name: z.string(),
  isTable: z.boolean(),
  canRead: z.boolean(),
  isHidden: z.boolean(),
});

const transaction = z.object({
  name: z.string(),
  owner: z.string(),
  database: z.string(),
  ageSeconds: z.coerce.number(),
  blocksChain: z.boolean(),
});

/** Asks the catalog, READ ONLY and with a limit on every statement; no table of the user's is read or locked. */
export async function examineDatabase(
  dbUrl: string,
  env: Environment,
  signal: AbortSignal,
): Promise<DatabaseExamination> {
  const settings = await resolveSettings(dbUrl, env);
  await using session = await connect(settings, {
    applicationName: "doctor",
    signal,
    parameters: { default_transaction_read_only: "on", statement_timeout: "30000", search_path: "" },
  });
  try {
    const role = facts.parse((await session.sql.unsafe(factsQuery))[0]);
    const relations = z.array(relation).parse([...(await session.sql.unsafe(relationsQuery))]);
    return {
      ...role,
      address: displayAddress(session.settings),
      serverVersion: session.serverVersion,
      major: session.major,
      isEncrypted: session.isEncrypted,
      tables: relations.filter(({ isTable }) => isTable).length,
      unreadable: relations.filter(({ canRead }) => !canRead).map(({ name }) => name),
      unreadableObjects: await unreadableLargeObjects(session),
      hidden: relations.filter(({ isHidden }) => isHidden).map(({ name }) => name),
      preparedTransactions: await preparedTransactions(session),
      notes: settings.notes ?? [],
    };
  } catch (error) {
    throw explainServerError(error, `examining ${displayAddress(settings)}`);
  }
}

async function preparedTransactions(session: Session): Promise<DatabaseExamination["preparedTransactions"]> {
  return z.array(transaction).parse([...(await session.sql.unsafe(preparedQuery))]);
}

const factsQuery = `
  select rolname as "role", rolsuper as "isSuperuser",
         rolsuper or pg_catalog.pg_has_role(oid, 'pg_read_all_data', 'usage') as "readsAllData",
         rolsuper or rolreplication as "canReplicate", rolsuper or rolcreatedb as "canCreateDatabases",
         pg_catalog.current_setting('server_encoding') as "encoding",
         pg_catalog.pg_is_in_recovery() as "isStandby",
         pg_catalog.pg_database_size(pg_catalog.current_database()) as "sizeBytes"
  from pg_catalog.pg_roles where rolname = current_user`;

/** What pg_dump would read: not what an extension brings, nor temporary tables. */
const relationsQuery = `
  select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as "name",
         c.relkind <> 'S' as "isTable",
         pg_catalog.has_schema_privilege(n.oid, 'usage')
           and case c.relkind when 'S' then pg_catalog.has_sequence_privilege(c.oid, 'select')
                    else pg_catalog.has_table_privilege(c.oid, 'select')
                      or not exists (select from pg_catalog.pg_attribute a
                                     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                                       and not pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')) end as "canRead",
         c.relkind <> 'S' and pg_catalog.row_security_active(c.oid) as "isHidden"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'S') and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
  order by 1`;

/** A prepared transaction's locks have no process; its lock on its own number leads to the others. */
const preparedQuery = `
  select p.gid as "name", p.owner::text as "owner", p.database::text as "database",
         extract(epoch from pg_catalog.clock_timestamp() - p.prepared) as "ageSeconds",
         exists (select from pg_catalog.pg_locks own
                 join pg_catalog.pg_locks held on held.virtualtransaction = own.virtualtransaction and held.pid is null
                 join pg_catalog.pg_class c on c.oid = held.relation
                 join pg_catalog.pg_database d on d.oid = held.database and d.datname = pg_catalog.current_database()
                 where own.locktype = 'transactionid' and own.transactionid = p.transaction and own.pid is null
                   and held.locktype = 'relation' and c.relname = 'audit_chain_head') as "blocksChain"
  from pg_catalog.pg_prepared_xacts p
  order by p.prepared`;
