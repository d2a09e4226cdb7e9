import { z } from "zod";
import { explainServerError } from "../../../../postgres/connect.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { roleJson } from "../roles.ts";
import { savedRole } from "../saved.ts";
import type { SavedRole, Secret } from "../saved.ts";

/** Null: there is no role of that oid. */
export async function readRole(session: Session, oid: string): Promise<SavedRole | null> {
  const [found] = await session.sql
    .unsafe(query(session.major), [oid])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "reading what the role is")));
  return found === undefined ? null : savedRole.parse(found["facts"]);
}

const verifierRow = z.object({ verifier: z.string().nullable() });

/** Null where custody's role may not read it: only a superuser may. */
export async function readVerifier(session: Session, oid: string): Promise<Secret | null> {
  const [may] = await session.sql.unsafe<{ may: boolean }[]>(
    "select pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT') as may",
  );
  if (may?.may !== true) return null;
  const [found] = await session.sql
    .unsafe("select rolpassword as verifier from pg_catalog.pg_authid where oid = $1::pg_catalog.oid", [oid])
    .catch((error: unknown) => Promise.reject(explainServerError(error, "saving the role's verifier")));
  return found === undefined ? null : verifierRow.parse(found);
}

const query = (major: number): string => `
select pg_catalog.json_build_object(
  'oid', r.oid::text, 'name', r.rolname::text, 'isSuperuser', r.rolsuper, 'inherits', r.rolinherit, 'createsRoles', r.rolcreaterole,
  'createsDatabases', r.rolcreatedb, 'canLogin', r.rolcanlogin, 'replicates', r.rolreplication, 'bypassesRowSecurity', r.rolbypassrls,
  'connectionLimit', r.rolconnlimit, 'validUntil', r.rolvaliduntil::text,
  'comment', pg_catalog.shobj_description(r.oid, 'pg_authid'),
  'labels', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('provider', l.provider, 'label', l.label) order by l.provider), '[]')
    from pg_catalog.pg_shseclabel l where l.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass and l.objoid = r.oid),
  'settings', (select coalesce(pg_catalog.to_json((select s.setconfig from pg_catalog.pg_db_role_setting s
    where s.setdatabase = 0 and s.setrole = r.oid)), '[]')),
  'databaseSettings', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'database', pg_catalog.json_build_object('oid', d.oid::text, 'name', d.datname::text), 'settings', s.setconfig) order by d.oid), '[]')
    from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase where s.setrole = r.oid),
  'memberships', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'role', ${roleJson("m.roleid")}, 'member', ${roleJson("m.member")},
      'grantor', case when g.oid is null then null else ${roleJson("m.grantor")} end, 'admin', m.admin_option,
      'inherit', ${major >= 16 ? "m.inherit_option" : "null"}, 'set', ${major >= 16 ? "m.set_option" : "null"}) order by m.roleid, m.member, m.grantor), '[]')
    from pg_catalog.pg_auth_members m left join pg_catalog.pg_roles g on g.oid = m.grantor where r.oid in (m.roleid, m.member))
) as facts
from pg_catalog.pg_roles r where r.oid = $1::pg_catalog.oid`;
