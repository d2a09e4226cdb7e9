import { OpsError } from "../../errors.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import type { Archive } from "../archive/archive.ts";
import type { RestorePlan } from "./plan.ts";
import { restoreError } from "./restore-error.ts";
import type { RestoreError } from "./restore-error.ts";
import { tryStatement } from "./run-statement.ts";

/** Debian's packages of the extensions that are not PostgreSQL's own. `%` stands for the major version. */
const packages: Readonly<Record<string, string>> = {
  postgis: "postgresql-%-postgis-3",
  postgis_topology: "postgresql-%-postgis-3",
  postgis_raster: "postgresql-%-postgis-3",
  postgis_tiger_geocoder: "postgresql-%-postgis-3",
  address_standardizer: "postgresql-%-postgis-3",
  vector: "postgresql-%-pgvector",
  pg_cron: "postgresql-%-cron",
  pg_partman: "postgresql-%-partman",
  pgaudit: "postgresql-%-pgaudit",
  pg_repack: "postgresql-%-repack",
  hypopg: "postgresql-%-hypopg",
  pg_hint_plan: "postgresql-%-pg-hint-plan",
  pglogical: "postgresql-%-pglogical",
  plv8: "postgresql-%-plv8",
  plpython3u: "postgresql-plpython3-%",
  plperl: "postgresql-plperl-%",
  plperlu: "postgresql-plperl-%",
  pltcl: "postgresql-pltcl-%",
  pltclu: "postgresql-pltcl-%",
  ip4r: "postgresql-%-ip4r",
  rum: "postgresql-%-rum",
  semver: "postgresql-%-semver",
  unit: "postgresql-%-unit",
  hll: "postgresql-%-hll",
  timescaledb: "timescaledb-2-postgresql-% (Timescale's own packages)",
  citus: "postgresql-%-citus",
  h3: "postgresql-%-h3",
  mysql_fdw: "postgresql-%-mysql-fdw",
  tds_fdw: "postgresql-%-tds-fdw",
  orafce: "postgresql-%-orafce",
  prefix: "postgresql-%-prefix",
  periods: "postgresql-%-periods",
  pgtap: "postgresql-%-pgtap",
};

const contrib = new Set(
  `adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore
   insert_username intagg intarray isn lo ltree moddatetime old_snapshot pageinspect pg_buffercache pg_freespacemap pg_logicalinspect pg_overexplain
   pg_prewarm pg_stat_statements pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple postgres_fdw refint seg sslinfo
   tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp xml2`.split(/\s+/),
);

/** Names every extension that the archive needs and the server lacks, before anything is restored: `extension-missing`. */
export async function requireExtensions(admin: Session, archive: Archive, plan: RestorePlan): Promise<void> {
  if (plan.extensions.length === 0) return;
  const rows = await admin.sql.unsafe<{ name: string }[]>(
    "select name from pg_catalog.pg_available_extensions",
  );
  const available = new Set(rows.map(({ name }) => name));
  const missing = plan.extensions.map(({ name }) => name).filter((name) => !available.has(name));
  if (missing.length === 0) return;
  const wanted = new Set(missing.map((name) => packageOf(name, admin.major)));
  const known = [...wanted].filter((name) => name !== null);
  throw new OpsError(
    "extension-missing",
    `${archive.path} needs ${missing.length === 1 ? "the extension" : "the extensions"} ${missing.join(", ")}, which the PostgreSQL ${admin.serverVersion} to restore into does not have`,
    known.length === wanted.size
      ? `install ${known.join(" ")}, or restore into a server that has them (--scratch-url)`
      : `restore into a server that has them (--scratch-url)${known.length === 0 ? "" : `; Debian has ${known.join(" ")}`}`,
  );
}

function packageOf(extension: string, major: number): string | null {
  // Since version 10 Debian's server package holds the contrib modules.
  if (contrib.has(extension)) return `postgresql-${major}`;
  return packages[extension]?.replaceAll("%", String(major)) ?? null;
}

export interface PreparedDatabase {
  readonly errors: readonly RestoreError[];
  /** Whose the schema `public` was before it was lent to the restoring role; null when it was not. */
  readonly publicOwner: string | null;
  /** Quoted names of the roles that were lent the rights on extensions' tables and foreign-data wrappers. */
  readonly borrowers: readonly string[];
}

/**
 * What only a superuser may do, before the archive's own statements run: schemas of extensions, extensions, the schema
 * `public` lent or dropped, and for the time of the restore the rights to fill extensions' tables and to own servers.
 */
export async function prepareDatabase(
  admin: Session,
  plan: RestorePlan,
  restoreRole: string,
  serverOwners: readonly string[],
): Promise<PreparedDatabase> {
  const errors: RestoreError[] = [];
  const role = quoteIdentifier(restoreRole);
  if (plan.bringsPublic) await admin.sql.unsafe("drop schema if exists public");
  const publicOwner = plan.bringsPublic ? null : await lendPublic(admin, role);
  for (const { name, schema } of plan.extensions) {
    if (schema !== null && schema !== "pg_catalog") {
      await admin.sql.unsafe(`create schema if not exists ${quoteIdentifier(schema)} authorization ${role}`);
    }
    const where = schema === null ? "" : ` schema ${quoteIdentifier(schema)}`;
    const failure = await tryStatement(
      admin,
      `create extension if not exists ${quoteIdentifier(name)}${where} cascade`,
    );
    if (failure !== null)
      errors.push(restoreError("missing-extension", { object: `EXTENSION ${name}`, ...failure }));
  }
  const borrowers = [restoreRole, ...serverOwners].map(quoteIdentifier);
  for (const grant of await extensionRights(admin, borrowers, "grant")) await tryStatement(admin, grant);
  return { errors, publicOwner, borrowers };
}

/** Since version 15 `public` belongs to whoever owns the database; before, to the superuser who made the server. */
async function lendPublic(admin: Session, role: string): Promise<string | null> {
  const [row] = await admin.sql.unsafe<{ owner: string }[]>(
    "select pg_catalog.pg_get_userbyid(nspowner) as owner from pg_catalog.pg_namespace where nspname = 'public'",
  );
  if (row === undefined || row.owner === "pg_database_owner") return null;
  const failure = await tryStatement(admin, `alter schema public owner to ${role}`);
  return failure === null ? row.owner : null;
}

/** Takes back what `prepareDatabase` lent, when owners and grants are set. */
export async function returnWhatWasLent(
  admin: Session,
  restoreRole: string,
  prepared: PreparedDatabase,
): Promise<void> {
  for (const revoke of await extensionRights(admin, prepared.borrowers, "revoke"))
    await tryStatement(admin, revoke);
  if (prepared.publicOwner === null) return;
  const [row] = await admin.sql<{ owner: string }[]>`
    select pg_catalog.pg_get_userbyid(nspowner) as owner from pg_catalog.pg_namespace where nspname = 'public'`;
  if (row?.owner === restoreRole)
    await tryStatement(admin, `alter schema public owner to ${quoteIdentifier(prepared.publicOwner)}`);
}

/** Tables whose rows pg_dump dumps although an extension made them, and foreign-data wrappers. */
async function extensionRights(
  admin: Session,
  borrowers: readonly string[],
  verb: "grant" | "revoke",
): Promise<readonly string[]> {
  const role = borrowers[0] ?? "";
  const to = verb === "grant" ? "to" : "from";
  const tables = await admin.sql.unsafe<{ name: string }[]>(
    `select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
       from pg_catalog.pg_extension e
       cross join lateral pg_catalog.unnest(e.extconfig) as config(oid)
       join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) config.oid
       join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace`,
  );
  const wrappers = await admin.sql.unsafe<{ name: string }[]>(
    "select pg_catalog.quote_ident(fdwname) as name from pg_catalog.pg_foreign_data_wrapper",
  );
  return [
    ...tables.map(({ name }) => `${verb} select, insert, update on ${name} ${to} ${role}`),
    ...wrappers.map(
      ({ name }) => `${verb} usage on foreign data wrapper ${name} ${to} ${borrowers.join(", ")}`,
    ),
  ];
}

/** Comments on extensions are the superuser's to make, since the extensions are its own. */
export async function commentExtensions(admin: Session, archive: Archive): Promise<void> {
  for (const entry of archive.entries) {
    const name = entry.desc === "COMMENT" ? /^EXTENSION (.*)$/s.exec(entry.tag)?.[1] : undefined;
    const text = /\bIS\s+((?:E?'(?:[^'\\]|''|\\.)*'))\s*;\s*$/s.exec(entry.defn)?.[1];
    if (name === undefined || text === undefined) continue;
    const value = text.startsWith("E")
      ? text.slice(2, -1).replaceAll("''", "'").replace(/\\(.)/gs, "$1")
      : text.slice(1, -1).replaceAll("''", "'");
    await tryStatement(admin, `comment on extension ${quoteIdentifier(name)} is ${quoteLiteral(value)}`);
  }
}
