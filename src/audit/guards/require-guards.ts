import { OpsError } from "../../errors.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { askCatalog } from "../secure-reading.ts";
import { compareGuards } from "./compare-guards.ts";
import { readGuards } from "./read-guards.ts";
import { readInstalled } from "./read-installed.ts";

/**
 * Requires that the chain's functions and triggers are those that were installed, before one of them is called: whoever
 * replaced one, or added one of their own to them, must not run code with the caller's rights.
 *
 * @throws OpsError chain-broken, chain-too-new, foreign-schema
 */
export async function requireGuards(session: Session, schema: string): Promise<void> {
  const { changed, deferred } = await askCatalog(session, () => readChanges(session, schema)).catch(
    (error: unknown) => {
      throw explainServerError(error, "comparing the chain's functions with what was installed");
    },
  );
  if (deferred !== null) {
    throw new OpsError(
      "foreign-schema",
      `nothing is done: trigger ${deferred.name} would run function ${deferred.code} of role ${deferred.owner} at commit, with this role's rights`,
      `connect as ${deferred.owner}; or give the function to a superuser who has read it`,
    );
  }
  const [first] = changed;
  if (first === undefined) return;
  throw new OpsError(
    "chain-broken",
    `nothing is done: ${first}${changed.length === 1 ? "" : ` (and ${changed.length - 1} more)`}`,
    "custody chain verify names all that was changed",
  );
}

async function readChanges(
  session: Session,
  schema: string,
): Promise<{ readonly changed: readonly string[]; readonly deferred: ForeignTrigger | null }> {
  const installed = await readInstalled(session, schema);
  if (installed === null) {
    return { changed: ["function audit_chain_version() is missing or another"], deferred: null };
  }
  return {
    changed: compareGuards(installed, await readGuards(session, schema)),
    deferred: await readDeferred(session, schema, Object.keys(installed.triggers)),
  };
}

interface ForeignTrigger {
  readonly name: string;
  readonly code: string;
  readonly owner: string;
}

/**
 * A trigger of somebody else's that waits for the commit: up to PostgreSQL 17 it then runs as whoever commits, whatever the
 * function that queued it runs as. The chain's own are compared with what was installed.
 */
async function readDeferred(
  session: Session,
  schema: string,
  own: readonly string[],
): Promise<ForeignTrigger | null> {
  const [found] = await session.sql<ForeignTrigger[]>`
    select c.relname || '.' || t.tgname as name, p.oid::pg_catalog.regprocedure::text as code, r.rolname as owner
      from pg_catalog.pg_trigger t
      join pg_catalog.pg_class c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
      join pg_catalog.pg_roles r on r.oid = p.proowner
     where n.nspname = ${schema} and c.relname in ('audit_events', 'audit_chain_head', 'audit_chain_pruned')
       and t.tgdeferrable and not t.tgisinternal and not r.rolsuper and r.rolname <> current_user
       and c.relname || '.' || t.tgname not in ${session.sql(own)}
     order by 1 limit 1`;
  return found ?? null;
}
