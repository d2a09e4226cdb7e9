import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { ServerRefusal } from "../../../backend.ts";
import { refusal } from "../refusal.ts";
import type { ServerFacts } from "../server-facts.ts";

interface Row {
  readonly name: string;
  readonly is_super: boolean;
  readonly is_pinned: boolean;
  readonly is_current: boolean;
  readonly is_session: boolean;
  readonly has_admin: boolean;
  readonly dependents: readonly string[];
  readonly sessions: number;
}

/**
 * What `DROP ROLE` would be refused with, in the server's order and words (source: `DropRole`), but for what is in the database that
 * goes with it, or in one that is fenced; then what the fence needs beyond it.
 */
export async function refuseRole(
  session: Session,
  server: ServerFacts,
  oid: string,
  options: { readonly database: string | null; readonly force: boolean },
): Promise<{ readonly refusals: readonly ServerRefusal[]; readonly sessions: number }> {
  const [row] = await session.sql
    .unsafe<Row[]>(query(session.major), [oid, options.database ?? "0"])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "looking at the role")));
  if (row === undefined) return { refusals: [], sessions: 0 };
  return { refusals: [...refusals(row, server, options.force)], sessions: row.sessions };
}

function* refusals(row: Row, server: ServerFacts, force: boolean): Generator<ServerRefusal> {
  if (server.isStandby)
    yield refusal("25006", "cannot execute DROP ROLE in a read-only transaction", { isPassing: true });
  if (!server.mayCreateRoles) yield refusal("42501", "permission denied to drop role");
  if (row.is_current) yield refusal("55006", "current user cannot be dropped");
  else if (row.is_session) yield refusal("55006", "session user cannot be dropped");
  if (server.mayCreateRoles && row.is_super && !server.isSuperuser)
    yield refusal(
      "42501",
      server.major >= 16 ? "permission denied to drop role" : "must be superuser to drop superusers",
    );
  else if (server.mayCreateRoles && !row.has_admin)
    yield refusal("42501", "permission denied to drop role", {
      hint: `only roles with the CREATEROLE attribute and the ADMIN option on role "${row.name}" may drop this role`,
    });
  if (row.is_pinned)
    yield refusal("2BP01", `cannot drop role ${row.name} because it is required by the database system`);
  if (row.dependents.length > 0)
    yield refusal("2BP01", `role "${row.name}" cannot be dropped because some objects depend on it`, {
      hint: row.dependents.join("; "),
    });
  // The server would let a role go whose sessions go on; what is fenced must not be used any more.
  if (row.sessions > 0 && !force)
    yield refusal(
      "55006",
      `role "${row.name}" is being used by ${row.sessions} sessions outside of the database`,
      {
        hint: "end them, or ask with force",
        isPassing: true,
      },
    );
}

/**
 * Rows of pg_shdepend that go with the database, or with the role itself, stand in nobody's way; neither do those in databases that
 * other drops have fenced, whose destruction comes first.
 */
const query = (major: number): string => `
select r.rolname::text as name, r.rolsuper as is_super, r.oid < 16384 as is_pinned,
  r.rolname = current_user as is_current, r.rolname = session_user as is_session,
  ${major >= 16 ? "pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION') or pg_catalog.current_setting('is_superuser') = 'on'" : "true"} as has_admin,
  (select coalesce(pg_catalog.json_agg(line), '[]') from (
    select distinct case when s.dbid = 0 then pg_catalog.pg_describe_object(s.classid, s.objid, 0)
             else 'objects in database ' || d.datname end as line
      from pg_catalog.pg_shdepend s left join pg_catalog.pg_database d on d.oid = s.dbid
     where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.refobjid = r.oid and s.deptype <> 'p'
       and s.dbid is distinct from nullif($2::pg_catalog.oid, 0)
       and not (s.dbid = 0 and s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
         and (s.objid = $2::pg_catalog.oid or exists (select from pg_catalog.pg_database f where f.oid = s.objid and ${isFenced("f")})))
       and not coalesce(${isFenced("d")}, false)
       ${major >= 16 ? "and not (s.dbid = 0 and s.classid = 'pg_catalog.pg_auth_members'::pg_catalog.regclass and exists (select from pg_catalog.pg_auth_members m where m.oid = s.objid and r.oid in (m.roleid, m.member)))" : ""}
     order by 1 limit 20) lines) as dependents,
  (select pg_catalog.count(*)::int from pg_catalog.pg_stat_activity a where a.usesysid = r.oid and a.pid <> pg_catalog.pg_backend_pid()
    and a.datid is distinct from nullif($2::pg_catalog.oid, 0)) as sessions
from pg_catalog.pg_roles r where r.oid = $1::pg_catalog.oid`;

function isFenced(database: string): string {
  return `(${database}.datname like 'custody\\_tomb\\_%' and pg_catalog.pg_has_role(current_user, ${database}.datdba, 'USAGE'))`;
}
