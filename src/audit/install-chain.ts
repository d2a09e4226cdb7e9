import auditChain from "../../migrations/000001_audit_chain.sql" with { type: "text" };
import { OpsError } from "../errors.ts";
import { explainServerError, serverErrorOf } from "../postgres/explain-error.ts";
import { qualifiedName, quoteIdentifier } from "../postgres/identifiers.ts";
import { migrate, quotedSchema } from "../postgres/migrate.ts";
import type { Migration, MigrationResult } from "../postgres/migrate.ts";
import type { Session } from "../postgres/session.ts";
import { readChainVersion } from "./chain-version.ts";
import { askCatalog, pinnedNames } from "./secure-reading.ts";
import { writerColumns } from "./writer-columns.ts";

export const chainMigrations: readonly Migration[] = [
  { version: 1, name: "000001_audit_chain", sql: auditChain },
];

const oldestMajor = 14;
const relations = ["audit_events", "audit_chain_head", "audit_chain_pruned"] as const;

/** What was done, and whose chain it is. */
export interface InstalledChain extends MigrationResult {
  readonly owner: string;
  /** Whether the session's role may act as its owner. */
  readonly isOwn: boolean;
}

/**
 * Installs the audit chain, or brings it up to date; nothing happens where it is. The caller's role becomes its owner.
 * Throws `foreign-schema` over an audit_events that is not custody's, or over another object of a name that the chain needs;
 * `unsupported-server` where the encoding is not UTF8.
 */
export async function installChain(
  session: Session,
  options: { readonly schema: string },
): Promise<InstalledChain> {
  if (session.major < oldestMajor) {
    throw new OpsError(
      "unsupported-server",
      `the server is PostgreSQL ${session.serverVersion}: the chain needs ${oldestMajor} or newer`,
      "upgrade the server",
    );
  }
  const result = await migrate(session, {
    schema: options.schema,
    migrations: chainMigrations,
    currentVersion: (each) => readVersion(each, options.schema),
  }).catch((error: unknown) => {
    const server = serverErrorOf(error instanceof OpsError ? error.cause : error);
    // Somebody else's function, type or index of a name that the chain needs: duplicate_function, _table, _object.
    if (server !== undefined && ["42723", "42P07", "42710"].includes(server.sqlstate))
      throw foreign(options.schema, server.message);
    throw error;
  });
  if (result.from > 0) await restoreHead(session, options.schema);
  return { ...result, ...(await readOwner(session, options.schema)) };
}

async function readOwner(session: Session, schema: string): Promise<Pick<InstalledChain, "owner" | "isOwn">> {
  return askCatalog(session, async () => {
    const [table] = await session.sql<{ owner: string; own: boolean }[]>`
      select pg_catalog.pg_get_userbyid(c.relowner) as owner, pg_catalog.pg_has_role(c.relowner, 'USAGE') as own
        from pg_catalog.pg_class c
       where c.oid = ${qualifiedName(schema, "audit_events")}::pg_catalog.text::pg_catalog.regclass`;
    return { owner: table?.owner ?? "", isOwn: table?.own === true };
  }).catch((error: unknown) => {
    throw explainServerError(error, `looking for the owner of the chain in schema ${schema}`);
  });
}

/** A schema that was restored without its data has no head: an empty chain gets one, a chain with events never does. */
async function restoreHead(session: Session, schema: string): Promise<void> {
  const head = qualifiedName(schema, "audit_chain_head");
  const events = qualifiedName(schema, "audit_events");
  try {
    await session.sql.unsafe(`begin; ${pinnedNames}`);
    const [table] = await session.sql<{ owned: boolean }[]>`
      select pg_catalog.pg_has_role(c.relowner, 'USAGE') as owned from pg_catalog.pg_class c
       where c.oid = ${head}::pg_catalog.text::pg_catalog.regclass`;
    if (table?.owned === true) {
      await session.sql.unsafe(
        `insert into ${head} (id) select 1 where not exists (select from ${head}) and not exists (select from ${events})
         on conflict do nothing`,
      );
    }
    await session.sql.unsafe("commit");
  } catch (error) {
    await session.sql.unsafe("rollback").catch(() => undefined);
    throw explainServerError(error, `looking for the head of the chain in schema ${schema}`);
  }
}

async function readVersion(session: Session, schema: string): Promise<number> {
  const [server] = await session.sql<{ encoding: string }[]>`
    select pg_catalog.current_setting('server_encoding') as encoding`;
  if (server?.encoding !== "UTF8") {
    throw new OpsError(
      "unsupported-server",
      `the database's encoding is ${server?.encoding ?? "unknown"}: the chain needs UTF8`,
      "jsonb orders its keys by their bytes: create the database with ENCODING 'UTF8' TEMPLATE template0",
    );
  }
  const found = await session.sql<{ name: string }[]>`
    select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relname in ${session.sql(relations)}`;
  const tables = found.map((each) => each.name);
  const version = await readChainVersion(session, schema);
  if (version === null && tables.length === 0) return 0;
  if (version === null) throw foreign(schema, `${tables.join(", ")} is there, and is not custody's`);
  const missing = relations.filter((each) => !tables.includes(each));
  if (missing.length > 0) throw foreign(schema, `${missing.join(", ")} of custody's chain is missing`);
  return version;
}

/** Requires that roles are there, before anything is done for them. Throws `bad-usage` for the first that is not. */
export async function requireRoles(session: Session, roles: readonly string[]): Promise<void> {
  const missing = await askCatalog(
    session,
    async () => session.sql<{ name: string }[]>`
      select given.name from pg_catalog.json_array_elements_text(${JSON.stringify(roles)}::pg_catalog.text::pg_catalog.json)
               with ordinality as given (name, place)
       where not exists (select from pg_catalog.pg_roles r where r.rolname = given.name) order by given.place`,
  ).catch((error: unknown) => {
    throw explainServerError(error, "looking for the roles that are to append");
  });
  if (missing[0] !== undefined) throw noRole(missing[0].name);
}

/** Whether a role may act as the chain's owner, or is it: then nothing keeps it from rewriting what it appends. */
async function ownsChain(
  session: Session,
  grant: { readonly schema: string; readonly role: string },
): Promise<boolean> {
  const [table] = await session.sql<{ owns: boolean }[]>`
    select pg_catalog.pg_has_role(${grant.role}::pg_catalog.text::pg_catalog.name, c.relowner, 'USAGE') as owns
      from pg_catalog.pg_class c
     where c.oid operator(pg_catalog.=) ${qualifiedName(grant.schema, "audit_events")}::pg_catalog.text::pg_catalog.regclass::pg_catalog.oid`;
  return table?.owns === true;
}

/** Lets a role append: INSERT on the columns that a writer gives, USAGE on the schema, and nothing else. */
export async function grantAppender(
  session: Session,
  grant: { readonly schema: string; readonly role: string },
): Promise<{ readonly isOwner: boolean }> {
  const role = quoteIdentifier(grant.role);
  const columns = writerColumns.map(quoteIdentifier).join(", ");
  try {
    await session.sql.unsafe(
      `begin; grant usage on schema ${quotedSchema(grant.schema)} to ${role};
       grant insert (${columns}) on ${qualifiedName(grant.schema, "audit_events")} to ${role}; commit`,
    );
    return { isOwner: await ownsChain(session, grant) };
  } catch (error) {
    await session.sql.unsafe("rollback").catch(() => undefined);
    const state = serverErrorOf(error)?.sqlstate;
    if (state === "42704") throw noRole(grant.role, error);
    const explained = explainServerError(error, `letting ${grant.role} append`);
    if (state !== "42501") throw explained;
    throw new OpsError(
      "permission-denied",
      explained.message,
      "granting is for the chain's owner: connect as that role, or as a member of it",
      { cause: error },
    );
  }
}

function noRole(name: string, cause?: unknown): OpsError {
  return new OpsError(
    "bad-usage",
    `there is no role ${name}`,
    `create it: CREATE ROLE ${quoteIdentifier(name)} LOGIN`,
    { cause },
  );
}

function foreign(schema: string, what: string): OpsError {
  return new OpsError(
    "foreign-schema",
    `schema ${schema}: ${what}`,
    "install the chain in a schema of its own: --schema audit",
  );
}
